#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/embedded/checkpoints.h"
#include "adapters/embedded/embedded_event_log.h"
#include "adapters/embedded/segment_wal.h"
#include "adapters/embedded/sqlite.h"
#include "base/task.h"

namespace gamekeeper::adapters {

/// Rows that have been acknowledged, shared by the tail and by readers.
struct TailBatch {
  uint64_t first = 0;
  uint32_t count = 0;
  std::shared_ptr<const std::string> rows;
};

/// One partition of the embedded log: its segments, its writer and its checkpointer.
class LogPartition {
 public:
  /// Opens or makes the folder; finds the newest acknowledged position.
  static Result<std::unique_ptr<LogPartition>> open(std::string folder, const EmbeddedLogOptions& options);
  ~LogPartition();

  /// The outcome is told once the rows are durable or refused.
  void append(std::string rows, uint32_t count, Promise<ports::AppendOutcome> outcome);

  ports::LogBounds bounds();
  /// Waits until an event at or after `from` is there or the deadline has passed; false: the log is closing.
  Task<bool> wait_for(uint64_t from, std::chrono::steady_clock::time_point deadline);
  /// Newest batches from `from` on, when the tail in memory still holds it.
  std::vector<TailBatch> tail_from(uint64_t from, size_t bytes_max);
  /// The segment that holds `position`: its file. Empty when there is none.
  std::string segment_of(uint64_t position);
  /// Removes whole segments, oldest first, and says what is left.
  Result<ports::LogUsage> trim(const ports::TrimLimits& limits);

 private:
  struct Waiting {
    std::string rows;
    uint32_t count;
    Promise<ports::AppendOutcome> outcome;
  };

  LogPartition(std::string folder, const EmbeddedLogOptions& options)
      : folder_(std::move(folder)),
        options_(options),
        checkpoints_("log", options.metrics),
        wal_(options.wal_room_bytes, options.checkpoint_bytes) {}
  Result<void> recover();
  Result<void> settle_segment(uint64_t first, uint64_t next);
  Result<uint64_t> end_of(sqlite::Database& db, uint64_t first);
  Result<UnixMillis> begin_of(sqlite::Database& db, uint64_t first);
  bool segment_is_over() const;
  Result<void> open_segment(uint64_t first);
  Result<void> write(const std::string& rows, uint32_t count);
  void work();
  void checkpoint();
  void checkpoint_retired(std::vector<sqlite::Database> retired);
  Result<void> forget_oldest(uint64_t first);
  void publish(uint64_t first, uint32_t count, std::string rows);

  std::string folder_;
  EmbeddedLogOptions options_;
  Checkpoints checkpoints_;

  SegmentWal wal_;

  // The writer's own.
  sqlite::Database db_;
  sqlite::Statement insert_;
  std::string packed_;
  uint64_t segment_first_ = 0, segment_bytes_ = 0;
  UnixMillis segment_began_ = 0;  // receipt of its first event; 0: it has none
  bool broken_ = false;  // a sync failed: fail-stop

  std::mutex trim_mutex_;          // taken before mutex_
  bool removal_unsynced_ = false;  // of the segment that went last

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;
  size_t queue_bytes_ = 0;
  bool stopped_ = false;
  std::vector<uint64_t> segments_;  // first positions, ascending
  uint64_t next_ = 1;               // one past the newest acknowledged
  std::deque<TailBatch> tail_;
  size_t tail_bytes_ = 0;
  std::vector<Promise<bool>> readers_;

  std::condition_variable checkpoint_wake_;
  std::string checkpoint_file_;
  std::vector<sqlite::Database> retired_;  // full segments, to be checkpointed and closed
  std::thread writer_, checkpointer_;
};

}  // namespace gamekeeper::adapters
