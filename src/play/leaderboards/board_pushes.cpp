#include "play/leaderboards/board_pushes.h"

#include <boost/json.hpp>

#include "flow/push.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {

namespace json = boost::json;

void BoardPushes::note(const BoardRecord& board, const std::string& season,
                       const std::vector<ports::Standing>& standings, uint64_t total) {
  std::lock_guard lock(mutex_);
  Pending& pending = pending_[scoped(board.app, board.id)];
  if (pending.board.empty() || pending.season != season)
    pending = {.app = board.app, .board = board.id, .season = season, .changes = {}};
  pending.total = total;
  for (const ports::Standing& s : standings) {
    if (pending.changes.size() >= kChangesMax && !pending.changes.contains(s.member))
      ++pending.more;
    else
      pending.changes[s.member] = s;
  }
}

Task<void> BoardPushes::flush(ports::Broadcast& broadcast) {
  std::unordered_map<std::string, Pending> due;
  {
    std::lock_guard lock(mutex_);
    due.swap(pending_);
  }
  for (auto& [name, pending] : due) {
    json::array changes;
    for (const auto& [player, s] : pending.changes)
      changes.push_back(json::object{{"player_id", player}, {"rank", s.rank}, {"score", s.score}});
    json::object data{{"board", pending.board},
                      {"season", pending.season.empty() ? json::value(nullptr) : json::value(pending.season)},
                      {"total", pending.total},
                      {"changes", std::move(changes)},
                      {"more", pending.more}};
    co_await flow::push(broadcast, flow::board_topic(pending.app, pending.board), "leaderboard_update",
                        std::move(data));
  }
}

}  // namespace gamekeeper::play
