#include "play/leaderboards/rank_passes.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "events/fact.h"
#include "play/accounts/player.h"
#include "play/leaderboards/queue_board.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using ports::BoardOrder;
using ports::Standing;

constexpr int64_t kHourMs = 3'600'000;
constexpr size_t kToldMax = 100'000;  // players an hour

bool goes_before(int64_t a, int64_t b, BoardOrder order) { return order == BoardOrder::kHighFirst ? a > b : a < b; }

ports::Fact pass_fact(const WatchedBoard& board, const Standing& passed, const std::string& by,
                      const std::string& by_name, UnixMillis at) {
  json::object properties{{"board", board.id}, {"by", by}, {"by_name", by_name}, {"rank", passed.rank}};
  if (!board.season.empty()) properties["season"] = board.season;
  const std::string text = json::serialize(properties);
  return {scoped(board.app, passed.member), events::fact_row({.app = board.app,
                                                              .player_id = passed.member,
                                                              .name = "leaderboard.rank_passed",
                                                              .at = at,
                                                              .properties = text})};
}

}  // namespace

WatchedBoard watched(const BoardRecord& board, const std::string& season) {
  return {.app = board.app,
          .id = board.id,
          .season = season,
          .board = {.id = scores_of_season(board, season),
                    .order = board.order,
                    .op = ports::BoardOperator::kLast,
                    .ranking = board.ranking}};
}

WatchedBoard watched_queue(const std::string& app, const std::string& queue) {
  std::string id = queue_board(queue);
  ports::Board board{.id = scoped(app, id), .op = ports::BoardOperator::kLast};
  return {.app = app, .id = std::move(id), .season = {}, .board = std::move(board)};
}

void RankPasses::note(const WatchedBoard& board, const std::vector<Standing>& now,
                      const std::vector<std::optional<Standing>>& before) {
  for (size_t i = 0; i < now.size(); ++i)
    note(board, now[i].member, before[i] ? std::optional(before[i]->score) : std::nullopt, now[i].score);
}

void RankPasses::note(const WatchedBoard& board, const std::string& player, std::optional<int64_t> before,
                      int64_t now) {
  if (before && !goes_before(now, *before, board.board.order)) return;
  std::lock_guard lock(mutex_);
  if (noted_ >= kMovesMax) return;
  Moves& moves = moves_[board.board.id];
  if (moves.before.empty()) moves.board = board;
  if (moves.before.try_emplace(player, before).second) ++noted_;
}

Task<Result<void>> RankPasses::run_once() {
  std::map<std::string, Moves> due;
  {
    std::lock_guard lock(mutex_);
    due.swap(moves_);
    noted_ = 0;
  }
  for (const auto& [name, moves] : due) {
    for (const auto& [player, before] : moves.before) {
      if (auto ok = co_await look(moves.board, player, before); !ok) co_return ok;
    }
  }
  co_return Result<void>{};
}

/// Those behind the mover who are told when they were ahead.
Task<Result<RankPasses::Standings>> RankPasses::behind(const WatchedBoard& board, const Standing& mover) {
  Standings out;
  if (mover.position < kTop) {
    auto top = co_await ranked_.page(board.board, mover.position + 1, static_cast<uint32_t>(kTop - mover.position));
    if (!top) co_return top;
    out = std::move(*top);
  }
  auto friends = co_await friends_of_(board.app, mover.member);
  if (!friends) co_return std::unexpected(friends.error());
  if (friends->empty()) co_return out;
  auto found = co_await ranked_.find(board.board, std::move(*friends));
  if (!found) co_return std::unexpected(found.error());
  for (std::optional<Standing>& each : *found) {
    if (each && each->position > std::max(mover.position, kTop)) out.push_back(std::move(*each));
  }
  co_return out;
}

Task<Result<void>> RankPasses::look(const WatchedBoard& board, std::string player, std::optional<int64_t> before) {
  auto found = co_await ranked_.find(board.board, std::vector{player});
  if (!found) co_return std::unexpected(found.error());
  if (!found->front()) co_return Result<void>{};  // taken off since
  auto others = co_await behind(board, *found->front());
  if (!others) co_return std::unexpected(others.error());
  const UnixMillis now = clock_.now_ms();
  ports::WriteSet set;
  std::string name;
  for (const Standing& other : *others) {
    // Who has come to their score later than the mover was not passed by this. (Of scores equal to the mover's old one it
    // is not known any more which was ahead: they are not told.)
    if (other.reached > found->front()->reached) continue;
    if (before && !goes_before(other.score, *before, board.board.order)) continue;
    if (!may_tell(board, other.member, now)) continue;
    if (name.empty()) {
      auto names = co_await usernames_.of(board.app, std::vector{player});
      if (!names) co_return std::unexpected(names.error());
      name = names->front().empty() ? player : std::move(names->front());
    }
    set.facts.push_back(pass_fact(board, other, player, name, now));
  }
  if (set.facts.empty()) co_return Result<void>{};
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

bool RankPasses::may_tell(const WatchedBoard& board, const std::string& player, UnixMillis now) {
  if (std::exchange(hour_, now / kHourMs) != now / kHourMs) told_.clear();
  if (told_.size() >= kToldMax) return false;
  std::vector<std::string>& heard = told_[scoped(board.app, player)];
  if (heard.size() >= kBoardsAnHour || std::ranges::find(heard, board.id) != heard.end()) return false;
  heard.push_back(board.id);
  return true;
}

}  // namespace gamekeeper::play
