#include "play/live/live_keys.h"

#include <fmt/format.h>

#include "base/log.h"

namespace gamekeeper::play {
namespace {

constexpr std::chrono::hours kStatsKept{24 * 30};

template <class T>
void tell(const Result<T>& done, const std::string& name) {
  if (done) return;
  log::warning("live", "record_not_written", {log::text("name", name), log::text("code", done.error().code)});
}

}  // namespace

Task<void> LiveKeys::session(LiveSession s, int64_t keep_ms) {
  const std::string name = "sessions:" + s.id;
  ports::Cache::Record record{{"player_id", std::move(s.player_id)},
                              {"status", std::move(s.status)},
                              {"rating", std::to_string(s.rating)},
                              {"timestamp", format_time(s.timestamp)}};
  tell(co_await cache_.put(name, std::move(record), std::chrono::milliseconds(keep_ms)), name);
}

Task<void> LiveKeys::session_over(std::string id) {
  const std::string name = "sessions:" + id;
  tell(co_await cache_.remove(name), name);
}

Task<void> LiveKeys::stats(std::string app, std::string player_id, LiveStats stats) {
  std::string name = "player:" + player_id + ":stats";
  if (app != plain_app_) name = app + ":" + name;
  ports::Cache::Record record{{"current_rating", std::to_string(stats.current_rating)},
                              {"games_played", std::to_string(stats.games_played)},
                              {"win_rate", fmt::format("{}", stats.win_rate)}};
  if (name.size() > 512) co_return;  // 128 characters may be that long, and nobody can ask for it
  tell(co_await cache_.put(name, std::move(record), kStatsKept), name);
}

}  // namespace gamekeeper::play
