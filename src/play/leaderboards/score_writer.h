#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/batcher.h"
#include "play/leaderboards/score_shelf.h"
#include "ports/document_store.h"
#include "ports/ranked_set.h"

namespace gamekeeper::play {

/// Where a player stands, and among how many.
struct Placed {
  ports::Standing standing;
  uint64_t total = 0;
};

/// How the scores of one season are kept.
struct SeasonRules {
  std::string prefix;  // of the documents' ids: scores_of_season()
  std::string salt;
  ports::BoardOrder order = ports::BoardOrder::kHighFirst;
  ports::BoardOperator op = ports::BoardOperator::kBest;
  ports::BoardRanking ranking = ports::BoardRanking::kCompetition;
  bool shared = false;  // other processes write to the same ranked set
};

/// What the writers of one season have in common.
struct SeasonState {
  /// What changed, after it was committed; from any thread. `before`: the same players where they stood, if they did.
  using Changed = std::function<void(const std::vector<ports::Standing>&,
                                     const std::vector<std::optional<ports::Standing>>& before, uint64_t total)>;

  SeasonState(ports::DocumentStore& d, ports::RankedSet& r, SeasonRules how, Changed tell)
      : documents(d), ranked(r), rules(std::move(how)), changed(std::move(tell)), ranking(rules.ranking) {}

  /// How the ranked set knows it: scores are put as they are, whatever the board's operator.
  ports::Board board() const;
  /// A time that no other score of the season has, and later than all before it.
  int64_t next_reached(UnixMillis at);
  void saw_reached(int64_t reached);

  ports::DocumentStore& documents;
  ports::RankedSet& ranked;
  const SeasonRules rules;
  const Changed changed;
  std::atomic<ports::BoardRanking> ranking;
  std::atomic<bool> sealed{false};  // no more scores
  std::atomic<int64_t> last_reached{0};
};

/// Writes the scores of a fixed share of a season's players: all that wait are one look at the ranked set, one write set
/// and one put. Thread-safe.
class ScoreWriter {
 public:
  struct Out {
    Placed placed;
    bool was_there = false;  // of a removal
  };

  /// Of the places that begin with the `depth` bits that `start` begins with.
  ScoreWriter(SeasonState& season, uint64_t start, uint8_t depth);
  ~ScoreWriter();

  /// A move without a player does nothing, after all before it. Errors: as SeasonScores::write.
  Task<Result<Out>> submit(ScoreMove move) { return batcher_.submit(std::move(move)); }
  /// Puts right the ranks of players of whom it is not known what was committed. Cheap when there are none.
  Task<Result<void>> heal();
  /// Before the first submit(): there is such a shelf.
  void note(const Shelf& shelf) { shelves_.note(shelf.start, shelf.depth); }

 private:
  using Outs = std::vector<Result<Out>>;
  struct Round;
  Task<Outs> work(std::vector<ScoreMove> moves);
  Task<Result<void>> attempt(Round& round);
  Task<Result<void>> read_ahead(Round& round);
  Task<Result<void>> decide(Round& round);
  bool is_settled(const Round& round, size_t i) const;
  Task<Result<Shelf*>> shelf_for(Round& round, uint64_t place);
  Task<Result<Shelf>> read(uint64_t start);
  Result<Shelf> shelf_of(uint64_t start, const std::optional<ports::Document>& document);
  Task<Result<void>> commit(Round& round);
  Task<Result<void>> follow(Round& round);
  Task<Result<std::vector<ports::Standing>>> put_exactly(std::vector<ports::ScoreWrite> writes,
                                                         std::vector<std::optional<ports::Standing>> before,
                                                         std::vector<std::string> gone);
  void answer(Round& round, const std::vector<ports::Standing>& standings, uint64_t total);
  Task<Result<void>> overtake(Round& round);
  Task<Result<void>> settle_doubts();
  void doubt(const Round& round);

  SeasonState& season_;
  const uint64_t start_;
  const uint8_t depth_;
  std::atomic<bool> has_doubts_{false};
  // Only whoever leads a round touches these.
  ShelfMap shelves_;
  std::vector<std::string> doubts_;  // players whose commit had no known outcome
  std::unique_ptr<simdjson::dom::parser> parser_;
  Batcher<ScoreMove, Out> batcher_;
};

}  // namespace gamekeeper::play
