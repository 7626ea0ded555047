#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "adapters/embedded/sqlite.h"
#include "base/metrics.h"

namespace gamekeeper::adapters {

/// Tells of checkpoints that fail. What a WAL holds is safe there and the next checkpoint tries again, but until one
/// succeeds the WAL grows, and whoever runs the server has to know. Safe from any thread.
class Checkpoints {
 public:
  /// A checkpoint syncs at once what has gathered, and the log's commits share the disk: 2 MiB are some 3 ms (SQLite's own
  /// 1000 pages were 10 and more).
  static constexpr int kFewFrames = 256;

  /// `store`: the metric's label, one of few. `metrics` may be null. `frames_max`: of a WAL, see follow().
  Checkpoints(const char* store, Metrics* metrics, int frames_max = kFewFrames);

  /// Counts a failure and writes a line with file and error, at most one a minute and file.
  void tell(const std::string& file, const Result<void>& outcome);
  /// After every commit of `db` that leaves a WAL of `frames_max` pages or more it is moved into its file, as SQLite itself
  /// would do, silently. This object must outlive `db`.
  void follow(sqlite::Database& db);

 private:
  static int after_commit(void* checkpoints, sqlite3* db, const char* name, int frames);

  std::string store_;
  const int frames_max_;
  prometheus::Counter* failures_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> told_;
};

}  // namespace gamekeeper::adapters
