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
  /// `store`: the metric's label, one of few. `metrics` may be null.
  Checkpoints(const char* store, Metrics* metrics);

  /// Counts a failure and writes a line with file and error, at most one a minute and file.
  void tell(const std::string& file, const Result<void>& outcome);
  /// After every commit of `db` that leaves a long WAL it is moved into its file, as SQLite itself would do, silently.
  /// This object must outlive `db`.
  void follow(sqlite::Database& db);

 private:
  std::string store_;
  prometheus::Counter* failures_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> told_;
};

}  // namespace gamekeeper::adapters
