#include "play/leaderboards/season_scores.h"

#include <simdjson.h>

#include <algorithm>

namespace gamekeeper::play {

using ports::ScoreWrite;
using ports::Standing;

namespace {

constexpr size_t kRoundMax = 1'000, kWaitingMax = 50'000;
constexpr int kRoundTries = 8;            // of a round that meets another process's

bool is_known_to_have_failed(const Error& error) {
  return error.kind != ErrorKind::kUnavailable && error.kind != ErrorKind::kTimeout;
}

}  // namespace

std::unexpected<Error> rebuilding() {
  return std::unexpected(Error{.kind = ErrorKind::kOverloaded,
                               .code = "rebuilding",
                               .message = "The leaderboard is being read from the store; try again in a moment.",
                               .field = {},
                               .limit = {},
                               .retry_after = std::chrono::seconds(1)});
}

/// The writes that wait, done together: one look at the ranked set, one write set, one put.
struct SeasonScores::Round {
  std::vector<ScoreMove> moves;
  Outs outs;
  std::vector<std::optional<Standing>> before;
  std::map<uint64_t, Shelf> shelves;  // as they were read, with the moves done
  std::map<uint64_t, uint64_t> dirty;  // of them, and the versions that were written
  std::map<std::string_view, uint64_t> touched;  // players looked up in the documents, and their shelves
};

SeasonScores::SeasonScores(ports::DocumentStore& documents, ports::RankedSet& ranked, SeasonRules rules,
                           Changed changed)
    : documents_(documents),
      ranked_(ranked),
      rules_(std::move(rules)),
      changed_(std::move(changed)),
      ranking_(rules_.ranking),
      batcher_([this](std::vector<ScoreMove> moves) { return work(std::move(moves)); }, kRoundMax, kWaitingMax) {}

ports::Board SeasonScores::board() const {
  return {.id = rules_.prefix, .order = rules_.order, .op = ports::BoardOperator::kLast, .ranking = ranking_};
}

Task<Result<Placed>> SeasonScores::write(ScoreMove move) {
  if (!ready_) co_return rebuilding();
  auto out = co_await batcher_.submit(std::move(move));
  if (!out) co_return std::unexpected(out.error());
  co_return std::move(out->placed);
}

Task<Result<bool>> SeasonScores::remove(std::string player) {
  if (!ready_) co_return rebuilding();
  auto out = co_await batcher_.submit({.player = std::move(player), .remove = true});
  if (!out) co_return std::unexpected(out.error());
  co_return out->was_there;
}

Task<Result<void>> SeasonScores::seal() {
  sealed_ = true;
  auto out = co_await batcher_.submit({});
  if (!out) co_return std::unexpected(out.error());
  co_return Result<void>();
}

Task<Result<void>> SeasonScores::heal() {
  if (!has_doubts_) co_return Result<void>();
  auto out = co_await batcher_.submit({});  // every round begins with it
  if (!out) co_return std::unexpected(out.error());
  co_return Result<void>();
}

Task<SeasonScores::Outs> SeasonScores::work(std::vector<ScoreMove> moves) {
  Result<void> done;
  for (int tries = 0; tries < kRoundTries; ++tries) {
    Round round;
    round.moves = moves;
    round.outs.assign(moves.size(), Out{});
    done = co_await attempt(round);
    if (done) co_return std::move(round.outs);
    if (done.error().kind != ErrorKind::kConflict) break;
    done = fail(ErrorKind::kOverloaded, "overloaded", "This leaderboard is being written by many at once; try again.");
  }
  co_return Outs(moves.size(), std::unexpected(done.error()));
}

Task<Result<void>> SeasonScores::attempt(Round& round) {
  if (auto ok = co_await settle_doubts(); !ok) co_return ok;
  std::vector<std::string> players;
  for (const ScoreMove& move : round.moves) players.push_back(move.player);
  auto before = co_await ranked_.find(board(), std::move(players));
  if (!before) co_return std::unexpected(before.error());
  round.before = std::move(*before);
  if (auto ok = co_await decide(round); !ok) co_return ok;
  if (auto ok = co_await commit(round); !ok) co_return ok;
  co_return co_await follow(round);
}

/// Whether the ranked set alone can say that a move changes nothing.
bool SeasonScores::is_settled(const Round& round, size_t i) const {
  const ScoreMove& move = round.moves[i];
  const std::optional<Standing>& before = round.before[i];
  if (move.remove || !before || round.touched.contains(move.player)) return false;
  if (rules_.op == ports::BoardOperator::kLast) return move.score == before->score;
  if (rules_.op == ports::BoardOperator::kSum) return false;
  return rules_.order == ports::BoardOrder::kHighFirst ? move.score <= before->score : move.score >= before->score;
}

Task<Result<void>> SeasonScores::decide(Round& round) {
  for (size_t i = 0; i < round.moves.size(); ++i) {
    const ScoreMove& move = round.moves[i];
    if (move.player.empty()) continue;
    if (sealed_ && !move.remove) {
      round.outs[i] = fail(ErrorKind::kConflict, "season_over", "The season of this score has been closed.", "season");
      continue;
    }
    if (is_settled(round, i)) continue;
    auto shelf = co_await shelf_for(round, place_of(move.player, rules_.salt));
    if (!shelf) co_return std::unexpected(shelf.error());
    round.touched[move.player] = (*shelf)->start;
    last_reached_ = std::max(move.at * 1000, last_reached_ + 1);
    auto changed = apply(**shelf, move, rules_.order, rules_.op, last_reached_);
    if (!changed) {
      round.outs[i] = std::unexpected(changed.error());
      continue;
    }
    round.outs[i]->was_there = *changed;
    if (*changed) round.dirty.try_emplace((*shelf)->start);
  }
  co_return Result<void>();
}

Task<Result<Shelf>> SeasonScores::read(uint64_t start) {
  auto document = co_await documents_.get(kBoardScores, shelf_id(rules_.prefix, start));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) {
    if (start == 0) co_return Shelf{};
    co_return fail(ErrorKind::kNotFound, "not_found", "There is no such leaderboard any more.", "id");
  }
  simdjson::dom::parser parser;
  co_return read_shelf(**document, parser);
}

Task<Result<Shelf*>> SeasonScores::shelf_for(Round& round, uint64_t place) {
  for (;;) {
    const uint64_t start = shelves_.start_of(place);
    const auto known = round.shelves.find(start);
    if (known != round.shelves.end()) co_return &known->second;
    auto shelf = co_await read(start);
    if (!shelf) co_return std::unexpected(shelf.error());
    shelves_.note(shelf->start, shelf->depth);
    if (shelf->holds(place)) co_return &round.shelves.emplace(start, std::move(*shelf)).first->second;
    // Another process has parted it since.
    if (shelves_.start_of(place) == start)
      co_return fail(ErrorKind::kCorrupt, "corrupt", "Stored scores do not fit together.", rules_.prefix);
  }
}

Task<Result<void>> SeasonScores::commit(Round& round) {
  if (round.dirty.empty()) co_return Result<void>();
  ports::WriteSet set;
  std::vector<Shelf> parts;
  for (const auto& [start, version] : round.dirty) {
    for (Shelf& part : parted(round.shelves.at(start), rules_.salt)) {
      set.puts.push_back(put_of(part, rules_.prefix));
      parts.push_back(std::move(part));
    }
  }
  auto done = co_await documents_.commit(std::move(set));
  if (!done) {
    if (!is_known_to_have_failed(done.error())) doubt(round);
    co_return std::unexpected(done.error());
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    shelves_.note(parts[i].start, parts[i].depth);
    const auto known = round.dirty.find(parts[i].start);
    if (known != round.dirty.end()) known->second = (*done)[i];
  }
  co_return Result<void>();
}

/// Where several processes write to one ranked set, another may have put what it committed after us before we have put
/// ours. Who puts last looks whether there is something newer, and puts that.
Task<Result<void>> SeasonScores::overtake(Round& round) {
  for (bool stale = rules_.shared; stale;) {
    stale = false;
    for (auto& [start, version] : round.dirty) {
      auto shelf = co_await read(start);
      if (!shelf) co_return std::unexpected(shelf.error());
      if (shelf->version == version) continue;
      stale = true;
      version = shelf->version;
      for (const auto& [player, at] : round.touched) {
        if (at == start) doubts_.emplace_back(player);
      }
      has_doubts_ = true;
    }
    if (auto ok = co_await settle_doubts(); !ok) co_return ok;
  }
  co_return Result<void>();
}

void SeasonScores::doubt(const Round& round) {
  for (const auto& [player, start] : round.touched) doubts_.emplace_back(player);
  has_doubts_ = !doubts_.empty();
}

/// The ranked set takes over what was committed; everybody hears where they stand.
Task<Result<void>> SeasonScores::follow(Round& round) {
  std::vector<ScoreWrite> writes;
  std::map<std::string_view, Standing> now;
  for (size_t i = 0; i < round.moves.size(); ++i) {
    const ScoreMove& move = round.moves[i];
    const auto touched = round.touched.find(move.player);
    if (touched == round.touched.end() || now.contains(move.player)) continue;
    const std::optional<Standing>& before = round.before[i];
    const Score* score = round.shelves.at(touched->second).find(move.player);
    if (score) {
      if (!before || before->score != score->score) {
        writes.push_back({move.player, score->score, score->reached});
        now[touched->first] = {};
      }
    } else if (before) {
      auto removed = co_await ranked_.remove(board(), move.player);
      if (!removed) {
        doubt(round);
        co_return std::unexpected(removed.error());
      }
      now[touched->first] = {};
    }
  }
  auto standings = co_await ranked_.put(board(), writes);
  auto total = standings ? co_await ranked_.count(board()) : std::unexpected(standings.error());
  if (!total) {
    doubt(round);
    co_return std::unexpected(total.error());
  }
  if (auto ok = co_await overtake(round); !ok) co_return ok;
  for (Standing& standing : *standings) {
    const auto found = now.find(standing.member);
    if (found != now.end()) found->second = standing;
  }
  for (size_t i = 0; i < round.moves.size(); ++i) {
    if (!round.outs[i]) continue;
    round.outs[i]->placed.total = *total;
    const auto found = now.find(round.moves[i].player);
    if (found != now.end())
      round.outs[i]->placed.standing = found->second;
    else if (round.before[i])
      round.outs[i]->placed.standing = *round.before[i];
  }
  if (changed_ && !standings->empty()) changed_(*standings, *total);
  co_return Result<void>();
}

Task<Result<void>> SeasonScores::settle_doubts() {
  if (!has_doubts_) co_return Result<void>();
  std::vector<ScoreWrite> writes;
  for (const std::string& player : doubts_) {
    Round round;
    auto shelf = co_await shelf_for(round, place_of(player, rules_.salt));
    if (!shelf) co_return std::unexpected(shelf.error());
    if (const Score* score = (*shelf)->find(player)) {
      writes.push_back({player, score->score, score->reached});
    } else if (auto removed = co_await ranked_.remove(board(), player); !removed) {
      co_return std::unexpected(removed.error());
    }
  }
  auto standings = co_await ranked_.put(board(), std::move(writes));
  if (!standings) co_return std::unexpected(standings.error());
  doubts_.clear();
  has_doubts_ = false;
  co_return Result<void>();
}

Task<Result<bool>> SeasonScores::put_away() {
  if (!ready_.exchange(false)) co_return false;
  if (users_ != 0) {
    ready_ = true;
    co_return false;
  }
  auto dropped = co_await ranked_.drop(board());
  if (!dropped) co_return std::unexpected(dropped.error());
  co_return true;
}

}  // namespace gamekeeper::play
