#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/batcher.h"
#include "play/leaderboards/board.h"
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

/// The scores of one season of a board (or of a board without seasons). Documents are the truth; the ranked set follows
/// them, and is filled from them by load(). Thread-safe. Must outlive its callers: hold it by a shared pointer.
class SeasonScores {
 public:
  /// What changed, after it was committed; called by whoever leads a round, one call at a time.
  using Changed = std::function<void(const std::vector<ports::Standing>&, uint64_t total)>;

  SeasonScores(ports::DocumentStore& documents, ports::RankedSet& ranked, SeasonRules rules, Changed changed = {});

  /// How the ranked set knows it: scores are put as they are, whatever the board's operator.
  ports::Board board() const;
  void set_ranking(ports::BoardRanking ranking) { ranking_ = ranking; }

  /// Durable when it returns; the ranks are those right after. Errors: kInvalid `score_out_of_range` for a sum beyond
  /// 2^53; kConflict `season_over`; kOverloaded `rebuilding`; the stores'.
  Task<Result<Placed>> write(ScoreMove move);
  /// Whether the player had a score.
  Task<Result<bool>> remove(std::string player);
  /// Of a season that is over: takes no more writes.
  void close() { sealed_ = true; }
  /// The same while writes may be under way; returns when the last of them has been done.
  Task<Result<void>> seal();
  /// Puts right the ranks of players of whom it is not known what was committed. Cheap when there are none.
  Task<Result<void>> heal();

  /// Reading goes in parts that may run at the same time: the n-th of `parts` (a power of two). `stopped` is asked now and
  /// then. Errors: the stores'; load the part again.
  Task<Result<void>> load(uint32_t part, uint32_t parts, const std::atomic<bool>& stopped);
  /// After all parts were loaded, or at once for what is new.
  void set_ready() { ready_ = true; }
  bool is_ready() const { return ready_; }
  uint64_t loaded() const { return loaded_; }

  /// Held while somebody reads: keeps it from being put away.
  class Use {
   public:
    explicit Use(std::shared_ptr<SeasonScores> scores) : scores_(std::move(scores)) { ++scores_->users_; }
    Use(Use&& other) noexcept = default;
    Use& operator=(Use&&) = delete;
    ~Use() {
      if (scores_) --scores_->users_;
    }
    SeasonScores* operator->() const { return scores_.get(); }

   private:
    std::shared_ptr<SeasonScores> scores_;
  };
  /// Out of the ranked set, unless somebody uses it: whether it is out. It can be loaded again.
  Task<Result<bool>> put_away();

 private:
  struct Out {
    Placed placed;
    bool was_there = false;  // of a removal
  };
  using Outs = std::vector<Result<Out>>;
  struct Round;
  Task<Outs> work(std::vector<ScoreMove> moves);
  Task<Result<void>> attempt(Round& round);
  Task<Result<void>> decide(Round& round);
  bool is_settled(const Round& round, size_t i) const;
  Task<Result<Shelf*>> shelf_for(Round& round, uint64_t place);
  Task<Result<Shelf>> read(uint64_t start);
  Task<Result<void>> commit(Round& round);
  Task<Result<void>> follow(Round& round);
  Task<Result<void>> overtake(Round& round);
  Task<Result<void>> settle_doubts();
  void doubt(const Round& round);
  Result<void> take(const ports::DocumentPage& page, std::vector<ports::ScoreWrite>& run);
  Task<Result<void>> put_loaded(std::vector<ports::ScoreWrite> run);

  ports::DocumentStore& documents_;
  ports::RankedSet& ranked_;
  const SeasonRules rules_;
  const Changed changed_;
  std::atomic<ports::BoardRanking> ranking_;
  std::atomic<bool> ready_{false}, sealed_{false}, has_doubts_{false};
  std::atomic<int> users_{0};
  std::atomic<uint64_t> loaded_{0};
  std::mutex loading_;  // of the next three while parts are loaded at the same time; later only rounds touch them
  ShelfMap shelves_;
  int64_t last_reached_ = 0;
  std::vector<std::string> doubts_;  // players whose commit had no known outcome
  Batcher<ScoreMove, Out> batcher_;
};

/// The answer while ranks are not exact yet.
std::unexpected<Error> rebuilding();

}  // namespace gamekeeper::play
