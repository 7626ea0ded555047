#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/zoned.h"
#include "play/leaderboards/board.h"
#include "play/leaderboards/season_scores.h"

namespace gamekeeper::play {

/// What the loading of boards has come to.
struct LoadingStatus {
  size_t boards = 0;      // known
  size_t loading = 0;     // seasons that are not exact yet
  uint64_t scores = 0;    // read so far, of all that are held
};

/// The boards as this process serves them: their definitions, and the scores of the seasons that are asked for, which
/// threads of its own read from the store. Thread-safe.
class LiveBoards {
 public:
  static constexpr int64_t kIdleMs = 10 * 60 * 1000;   // after which a season that is over is put away

  /// Hears where players stand whose scores have changed, and where they stood, if they did.
  using Changed = std::function<void(const BoardRecord&, const std::string& season, const std::vector<ports::Standing>&,
                                     const std::vector<std::optional<ports::Standing>>& before, uint64_t total)>;
  using Record = std::shared_ptr<const BoardRecord>;

  /// `shared`: other processes write to the same ranked set.
  LiveBoards(ports::DocumentStore& documents, ports::RankedSet& ranked, const Clock& clock, Changed changed,
             bool shared = false);
  ~LiveBoards() { stop(); }

  /// Takes over what the store says of all boards, and reads the scores of those it did not know. Errors: the store's.
  Task<Result<void>> refresh();
  void start(size_t threads);
  void stop();

  /// Errors: kNotFound; the store's.
  Task<Result<Record>> find(std::string app, std::string id);
  void learn(BoardRecord record);
  /// After it was removed from the store.
  Task<Result<void>> forget(Record record);
  /// All that this process knows.
  std::vector<Record> all() const;

  /// The season that holds `at`; an empty one for a board without seasons. Errors: kInvalid `unknown_time_zone`.
  static Result<Season> season_at(const BoardRecord& record, UnixMillis at);

  /// The scores of a season, which are being read if nobody has asked before: they may not be ready.
  SeasonScores::Use scores(const Record& record, const std::string& season, bool is_new = false);
  /// The same once they are ready; waits a moment. Errors: kOverloaded `rebuilding`.
  Task<Result<SeasonScores::Use>> ready_scores(Record record, std::string season);

  /// The ranked set has forgotten what it held: reads all scores anew. Errors: the stores'; call it again.
  Task<Result<void>> lost();

  /// Puts away what is over and nobody asks for, and settles what is in doubt.
  Task<Result<void>> tidy();
  LoadingStatus status() const;

 private:
  struct Held {
    std::shared_ptr<SeasonScores> scores;
    UnixMillis used = 0;
  };
  struct Live {
    Record record;
    std::unordered_map<std::string, Held> seasons;
  };
  struct Job {
    std::shared_ptr<SeasonScores> scores;
    uint32_t part = 0;
    std::shared_ptr<std::atomic<uint32_t>> left;
  };
  std::shared_ptr<SeasonScores> make(const Record& record, const std::string& season) const;
  void read_soon(const std::shared_ptr<SeasonScores>& scores, bool first);
  void read_boards();
  bool take(Job& job);
  static Result<void> run(Task<Result<void>> task);

  ports::DocumentStore& documents_;
  ports::RankedSet& ranked_;
  const Clock& clock_;
  const Changed changed_;
  const bool shared_;
  mutable std::mutex mutex_;  // of the boards
  std::unordered_map<std::string, Live> boards_;  // by scoped id
  std::mutex jobs_mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::atomic<size_t> unread_{0};  // seasons
  std::atomic<bool> stopped_{false};
  std::vector<std::thread> threads_;
};

}  // namespace gamekeeper::play
