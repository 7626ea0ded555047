#include "play/leaderboards/score_writer.h"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <set>

#include "play/leaderboards/board.h"

namespace gamekeeper::play {

using ports::ScoreWrite;
using ports::Standing;

namespace {

constexpr size_t kRoundMax = 1'000, kWaitingMax = 50'000;
constexpr int kRoundTries = 8;  // of a round that meets another process's

bool is_known_to_have_failed(const Error& error) {
  return error.kind != ErrorKind::kUnavailable && error.kind != ErrorKind::kTimeout;
}

}  // namespace

ports::Board SeasonState::board() const {
  return {.id = rules.prefix, .order = rules.order, .op = ports::BoardOperator::kLast, .ranking = ranking};
}

int64_t SeasonState::next_reached(UnixMillis at) {
  int64_t last = last_reached, next = 0;
  do {
    next = std::max(at * 1000, last + 1);
  } while (!last_reached.compare_exchange_weak(last, next));
  return next;
}

void SeasonState::saw_reached(int64_t reached) {
  int64_t last = last_reached;
  while (last < reached && !last_reached.compare_exchange_weak(last, reached)) {
  }
}

/// The writes that wait, done together: one look at the ranked set, one write set, one put.
struct ScoreWriter::Round {
  std::vector<ScoreMove> moves;
  Outs outs;
  std::vector<std::optional<Standing>> before;
  std::map<uint64_t, std::optional<ports::Document>> ahead;  // of shelves, read and not looked at yet
  std::map<uint64_t, Shelf> shelves;  // as they were read, with the moves done
  std::map<uint64_t, uint64_t> dirty;  // of them, and the versions that were written
  std::map<std::string_view, uint64_t> touched;  // players looked up in the documents, and their shelves
};

ScoreWriter::ScoreWriter(SeasonState& season, uint64_t start, uint8_t depth)
    : season_(season),
      start_(start),
      depth_(depth),
      parser_(std::make_unique<simdjson::dom::parser>()),
      batcher_([this](std::vector<ScoreMove> moves, auto&) { return work(std::move(moves)); }, kRoundMax, kWaitingMax) {
  shelves_.note(start, depth);
}

ScoreWriter::~ScoreWriter() = default;

Task<Result<void>> ScoreWriter::heal() {
  if (!has_doubts_) co_return Result<void>();
  auto out = co_await batcher_.submit({});  // every round begins with it
  if (!out) co_return std::unexpected(out.error());
  co_return Result<void>();
}

Task<ScoreWriter::Outs> ScoreWriter::work(std::vector<ScoreMove> moves) {
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

Task<Result<void>> ScoreWriter::attempt(Round& round) {
  if (auto ok = co_await settle_doubts(); !ok) co_return ok;
  std::vector<std::string> players;
  for (const ScoreMove& move : round.moves) players.push_back(move.player);
  auto before = co_await season_.ranked.find(season_.board(), std::move(players));
  if (!before) co_return std::unexpected(before.error());
  round.before = std::move(*before);
  if (auto ok = co_await read_ahead(round); !ok) co_return ok;
  if (auto ok = co_await decide(round); !ok) co_return ok;
  if (auto ok = co_await commit(round); !ok) co_return ok;
  co_return co_await follow(round);
}

/// Whether the ranked set alone can say that a move changes nothing.
bool ScoreWriter::is_settled(const Round& round, size_t i) const {
  const ScoreMove& move = round.moves[i];
  const std::optional<Standing>& before = round.before[i];
  if (move.remove || !before || round.touched.contains(move.player)) return false;
  if (season_.rules.op == ports::BoardOperator::kLast) return move.score == before->score;
  if (season_.rules.op == ports::BoardOperator::kSum) return false;
  return season_.rules.order == ports::BoardOrder::kHighFirst ? move.score <= before->score
                                                              : move.score >= before->score;
}

/// The shelves that the moves will probably need, at once.
Task<Result<void>> ScoreWriter::read_ahead(Round& round) {
  for (size_t i = 0; i < round.moves.size(); ++i) {
    const std::string& player = round.moves[i].player;
    if (!player.empty() && !is_settled(round, i))
      round.ahead.try_emplace(shelves_.start_of(place_of(player, season_.rules.salt)));
  }
  std::vector<std::string> ids;
  for (const auto& [start, document] : round.ahead) ids.push_back(shelf_id(season_.rules.prefix, start));
  if (ids.empty()) co_return Result<void>();
  auto documents = co_await season_.documents.get_all(kBoardScores, std::move(ids));
  if (!documents) co_return std::unexpected(documents.error());
  size_t next = 0;
  for (auto& [start, document] : round.ahead) document = std::move((*documents)[next++]);
  co_return Result<void>();
}

Task<Result<void>> ScoreWriter::decide(Round& round) {
  for (size_t i = 0; i < round.moves.size(); ++i) {
    const ScoreMove& move = round.moves[i];
    if (move.player.empty()) continue;
    if (season_.sealed && !move.remove) {
      round.outs[i] = fail(ErrorKind::kConflict, "season_over", "The season of this score has been closed.", "season");
      continue;
    }
    if (is_settled(round, i)) continue;
    auto shelf = co_await shelf_for(round, place_of(move.player, season_.rules.salt));
    if (!shelf) co_return std::unexpected(shelf.error());
    round.touched[move.player] = (*shelf)->start;
    auto changed = apply(**shelf, move, season_.rules.order, season_.rules.op, season_.next_reached(move.at));
    if (!changed) {
      round.outs[i] = std::unexpected(changed.error());
      continue;
    }
    round.outs[i]->was_there = *changed;
    if (*changed) round.dirty.try_emplace((*shelf)->start);
  }
  co_return Result<void>();
}

Task<Result<Shelf>> ScoreWriter::read(uint64_t start) {
  auto document = co_await season_.documents.get(kBoardScores, shelf_id(season_.rules.prefix, start));
  if (!document) co_return std::unexpected(document.error());
  co_return shelf_of(start, *document);
}

Result<Shelf> ScoreWriter::shelf_of(uint64_t start, const std::optional<ports::Document>& document) {
  if (document) return read_shelf(*document, *parser_);
  if (start == start_) return Shelf{.start = start_, .depth = depth_};
  return fail(ErrorKind::kNotFound, "not_found", "There is no such leaderboard any more.", "id");
}

Task<Result<Shelf*>> ScoreWriter::shelf_for(Round& round, uint64_t place) {
  for (;;) {
    const uint64_t start = shelves_.start_of(place);
    const auto known = round.shelves.find(start);
    if (known != round.shelves.end()) co_return &known->second;
    const auto ahead = round.ahead.find(start);
    auto shelf = ahead == round.ahead.end() ? co_await read(start) : shelf_of(start, ahead->second);
    if (!shelf) co_return std::unexpected(shelf.error());
    shelves_.note(shelf->start, shelf->depth);
    if (shelf->holds(place)) co_return &round.shelves.emplace(start, std::move(*shelf)).first->second;
    // Another process has parted it since.
    if (shelves_.start_of(place) == start)
      co_return fail(ErrorKind::kCorrupt, "corrupt", "Stored scores do not fit together.", season_.rules.prefix);
  }
}

Task<Result<void>> ScoreWriter::commit(Round& round) {
  if (round.dirty.empty()) co_return Result<void>();
  ports::WriteSet set;
  std::vector<Shelf> parts;
  for (const auto& [start, version] : round.dirty) {
    for (Shelf& part : parted(round.shelves.at(start), season_.rules.salt)) {
      set.puts.push_back(put_of(part, season_.rules.prefix));
      parts.push_back(std::move(part));
    }
  }
  auto done = co_await season_.documents.commit(std::move(set));
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
Task<Result<void>> ScoreWriter::overtake(Round& round) {
  for (bool stale = season_.rules.shared; stale;) {
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

void ScoreWriter::doubt(const Round& round) {
  for (const auto& [player, start] : round.touched) doubts_.emplace_back(player);
  has_doubts_ = !doubts_.empty();
}

/// The ranked set takes over what was committed; everybody hears where they stand.
Task<Result<void>> ScoreWriter::follow(Round& round) {
  std::vector<ScoreWrite> writes;
  std::vector<std::string> gone;
  std::set<std::string_view> seen;
  std::vector<std::optional<Standing>> before;
  for (size_t i = 0; i < round.moves.size(); ++i) {
    const std::string& player = round.moves[i].player;
    const auto touched = round.touched.find(player);
    if (touched == round.touched.end() || !seen.insert(player).second) continue;
    const std::optional<Standing>& was = round.before[i];
    const Score* score = round.shelves.at(touched->second).find(player);
    if (!score) {
      if (was) gone.push_back(player);
    } else if (!was || was->score != score->score || was->reached != score->reached) {
      writes.push_back({player, score->score, score->reached});
      before.push_back(was);
    }
  }
  auto standings = co_await put_exactly(std::move(writes), before, std::move(gone));
  auto total = standings ? co_await season_.ranked.count(season_.board()) : std::unexpected(standings.error());
  if (!total) {
    doubt(round);
    co_return std::unexpected(total.error());
  }
  if (auto ok = co_await overtake(round); !ok) co_return ok;
  answer(round, *standings, *total);
  if (season_.changed && !standings->empty()) season_.changed(*standings, before, *total);
  co_return Result<void>();
}

/// As put(); but who left a score and came back to it within a round has it since then, which the ranked set by itself
/// does not know.
Task<Result<std::vector<Standing>>> ScoreWriter::put_exactly(std::vector<ScoreWrite> writes,
                                                             std::vector<std::optional<Standing>> before,
                                                             std::vector<std::string> gone) {
  for (size_t i = 0; i < writes.size(); ++i) {
    const std::optional<Standing>& was = before[i];
    if (was && was->score == writes[i].score && was->reached != writes[i].reached) gone.push_back(writes[i].member);
  }
  for (std::string& player : gone) {
    auto removed = co_await season_.ranked.remove(season_.board(), std::move(player));
    if (!removed) co_return std::unexpected(removed.error());
  }
  co_return co_await season_.ranked.put(season_.board(), std::move(writes));
}

void ScoreWriter::answer(Round& round, const std::vector<Standing>& standings, uint64_t total) {
  std::map<std::string_view, const Standing*> now;
  for (const Standing& standing : standings) now[standing.member] = &standing;
  for (size_t i = 0; i < round.moves.size(); ++i) {
    if (!round.outs[i]) continue;
    Placed& placed = round.outs[i]->placed;
    placed.total = total;
    const auto found = now.find(round.moves[i].player);
    if (found != now.end())
      placed.standing = *found->second;
    else if (round.before[i])
      placed.standing = *round.before[i];
  }
}

Task<Result<void>> ScoreWriter::settle_doubts() {
  if (!has_doubts_) co_return Result<void>();
  auto found = co_await season_.ranked.find(season_.board(), doubts_);
  if (!found) co_return std::unexpected(found.error());
  std::vector<ScoreWrite> writes;
  std::vector<std::string> gone;
  std::vector<std::optional<Standing>> before;
  Round round;
  for (size_t i = 0; i < doubts_.size(); ++i) {
    auto shelf = co_await shelf_for(round, place_of(doubts_[i], season_.rules.salt));
    if (!shelf) co_return std::unexpected(shelf.error());
    if (const Score* score = (*shelf)->find(doubts_[i])) {
      writes.push_back({doubts_[i], score->score, score->reached});
      before.push_back((*found)[i]);
    } else {
      gone.push_back(doubts_[i]);
    }
  }
  auto standings = co_await put_exactly(std::move(writes), std::move(before), std::move(gone));
  if (!standings) co_return std::unexpected(standings.error());
  doubts_.clear();
  has_doubts_ = false;
  co_return Result<void>();
}

}  // namespace gamekeeper::play
