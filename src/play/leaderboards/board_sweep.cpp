#include "play/leaderboards/board_sweep.h"

#include <boost/json.hpp>

#include "base/log.h"
#include "events/fact.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr int64_t kAheadMs = 60'000;  // the next season is there before its first score
constexpr uint32_t kTopOfSeason = 10;
constexpr uint32_t kRemovedAtOnce = 500;

/// What the log hears of a season's end. Facts need somebody to stand under: here it is the board.
ports::Fact season_fact(const BoardRecord& record, const EndedSeason& ended,
                        const std::vector<ports::Standing>& standings) {
  json::array top;
  for (const ports::Standing& s : standings)
    top.push_back(json::object{{"player_id", s.member}, {"rank", s.rank}, {"score", s.score}});
  const std::string text = json::serialize(json::object{{"board", record.id},
                                                        {"season", ended.season.id},
                                                        {"starts_at", format_time(ended.season.starts)},
                                                        {"ends_at", format_time(ended.season.ends)},
                                                        {"players", ended.players},
                                                        {"top", std::move(top)}});
  return {scoped(record.app, record.id), events::fact_row({.app = record.app,
                                                           .player_id = record.id,
                                                           .name = "leaderboard.season_ended",
                                                           .at = ended.ended_at,
                                                           .properties = text})};
}

}  // namespace

Task<Result<void>> BoardSweep::run_once() {
  if (auto ok = co_await boards_.refresh(); !ok) co_return ok;
  say_progress();
  const UnixMillis now = clock_.now_ms();
  for (const LiveBoards::Record& record : boards_.all()) {
    if (!record->seasons) continue;
    auto next = LiveBoards::season_at(*record, now + kAheadMs);
    if (next) boards_.scores(record, next->id);
    if (record->season.ends + kGraceMs > now) continue;
    if (auto ok = co_await end_season(record); !ok) co_return ok;
  }
  auto removals = co_await gate::read_all(documents_, kBoardRemovals);
  if (!removals) co_return std::unexpected(removals.error());
  for (const ports::Document& removal : *removals) {
    if (auto ok = co_await take_away(removal.id); !ok) co_return ok;
  }
  co_return co_await boards_.tidy();
}

void BoardSweep::say_progress() {
  const LoadingStatus status = boards_.status();
  if (status.loading == 0) return;
  log::info("leaderboards", "rebuilding",
            {log::number("seasons_left", static_cast<int64_t>(status.loading)),
             log::number("scores_read", static_cast<int64_t>(status.scores))});
}

/// Its ranks stay as they are; the board's document goes on to the next. One write set over the version that was read:
/// whoever comes second changes nothing.
Task<Result<void>> BoardSweep::end_season(LiveBoards::Record record) {
  const UnixMillis now = clock_.now_ms();
  auto next = LiveBoards::season_at(*record, now);
  if (!next) co_return std::unexpected(next.error());
  SeasonScores::Use scores = boards_.scores(record, record->season.id);
  if (!scores->is_ready()) co_return Result<void>();  // the next sweep comes soon
  if (auto ok = co_await scores->seal(); !ok) co_return ok;
  auto players = co_await ranked_.count(scores->board());
  if (!players) co_return std::unexpected(players.error());
  auto top = co_await ranked_.page(scores->board(), 0, kTopOfSeason);
  if (!top) co_return std::unexpected(top.error());
  const EndedSeason ended{
      .app = record->app, .uid = record->uid, .season = record->season, .players = *players, .ended_at = now};
  BoardRecord moved = *record;
  moved.season = std::move(*next);
  ports::WriteSet set;
  set.puts.push_back(put_of(moved));
  set.puts.push_back(put_of(ended));
  set.facts.push_back(season_fact(*record, ended, *top));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) {
    if (done.error().kind == ErrorKind::kConflict) co_return Result<void>();  // changed meanwhile: look again
    co_return std::unexpected(done.error());
  }
  moved.version = done->front();
  log::info("leaderboards", "season_ended",
            {log::text("board", record->id), log::text("season", record->season.id),
             log::number("players", static_cast<int64_t>(*players))});
  boards_.learn(std::move(moved));
  co_return Result<void>();
}

/// How many were removed: fewer than kRemovedAtOnce when none are left.
Task<Result<size_t>> BoardSweep::remove_some(std::string collection, std::string index, std::string from,
                                             std::string to) {
  auto page = co_await documents_.query({.collection = collection,
                                         .index = std::move(index),
                                         .from = std::move(from),
                                         .to = std::move(to),
                                         .limit = kRemovedAtOnce});
  if (!page) co_return std::unexpected(page.error());
  ports::WriteSet set;
  for (const ports::Document& document : page->items)
    set.puts.push_back({.collection = collection, .id = document.id, .remove = true});
  if (set.puts.empty()) co_return size_t{0};
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return page->items.size();
}

/// `board` is what the scores of a removed board begin with: app/uid and a separator.
Task<Result<void>> BoardSweep::take_away(std::string board) {
  const std::string name = board.substr(0, board.size() - 1);
  struct Range {
    const char *collection, *index;
    std::string from, to;
  };
  for (const Range& range :
       {Range{kBoardScores, "", board, name + '\x20'}, Range{kBoardSeasons, "board", name + '/', name + '0'}}) {
    for (;;) {
      auto removed = co_await remove_some(range.collection, range.index, range.from, range.to);
      if (!removed) co_return std::unexpected(removed.error());
      if (*removed < kRemovedAtOnce) break;
    }
  }
  ports::WriteSet done;
  done.puts.push_back({.collection = kBoardRemovals, .id = std::move(board), .remove = true});
  auto committed = co_await documents_.commit(std::move(done));
  if (!committed) co_return std::unexpected(committed.error());
  co_return Result<void>();
}

}  // namespace gamekeeper::play
