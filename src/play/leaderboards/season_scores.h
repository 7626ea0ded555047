#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "play/leaderboards/score_writer.h"

namespace gamekeeper::play {

/// The scores of one season of a board (or of a board without seasons). Documents are the truth; the ranked set follows
/// them, and is filled from them by load(). Thread-safe. Must outlive its callers: hold it by a shared pointer.
class SeasonScores {
 public:
  /// A quarter of the players each, so that a board that is written without a pause is written by several threads.
  static constexpr uint32_t kParts = 4;

  SeasonScores(ports::DocumentStore& documents, ports::RankedSet& ranked, SeasonRules rules,
               SeasonState::Changed changed = {});

  ports::Board board() const { return state_.board(); }
  void set_ranking(ports::BoardRanking ranking) { state_.ranking = ranking; }

  /// Durable when it returns; the ranks are those right after. Errors: kInvalid `score_out_of_range` for a sum beyond
  /// 2^53; kConflict `season_over`; kOverloaded `rebuilding`; the stores'.
  Task<Result<Placed>> write(ScoreMove move);
  /// Whether the player had a score.
  Task<Result<bool>> remove(std::string player);
  /// Of a season that is over: takes no more writes.
  void close() { state_.sealed = true; }
  /// The same while writes may be under way; returns when the last of them has been done.
  Task<Result<void>> seal();
  /// Puts right the ranks of players of whom it is not known what was committed. Cheap when there are none.
  Task<Result<void>> heal();

  /// Parts may be read at the same time. `stopped` is asked now and then. Errors: the stores'; load the part again.
  Task<Result<void>> load(uint32_t part, const std::atomic<bool>& stopped);
  /// Before all parts are loaded, by one who does it.
  void begin_load() {
    ++loads_;
    ready_ = false;
  }
  /// After all parts were loaded: the ranked set puts in order what it was given, which it does when it is first asked.
  /// Errors: its.
  Task<Result<void>> put_in_order();
  /// After that, by everybody who began; or at once for what is new.
  void end_load() {
    if (--loads_ == 0) ready_ = true;
  }
  /// The ranked set has forgotten them. Returns when the last write of before has been done; load all parts then.
  Task<Result<void>> lost();
  bool is_ready() const { return ready_; }
  /// Put away: it is never ready again, and another takes its place.
  bool is_away() const { return away_; }
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
  /// Out of the ranked set, unless somebody uses it: whether it is out. Then it is done with.
  Task<Result<bool>> put_away();

 private:
  ScoreWriter& writer_of(std::string_view player);
  Task<Result<void>> writes_done();
  Result<void> take(const ports::DocumentPage& page, uint32_t part, std::vector<ports::ScoreWrite>& run);
  Task<Result<void>> put_loaded(std::vector<ports::ScoreWrite> run);

  SeasonState state_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> away_{false};
  std::atomic<int> loads_{0};  // under way
  std::atomic<int> users_{0};
  std::atomic<uint64_t> loaded_{0};
  std::array<std::unique_ptr<ScoreWriter>, kParts> writers_;
};

/// The answer while ranks are not exact yet.
std::unexpected<Error> rebuilding();

}  // namespace gamekeeper::play
