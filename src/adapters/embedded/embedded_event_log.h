#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/embedded/files.h"
#include "base/metrics.h"
#include "ports/event_log.h"
#include "ports/partition_claims.h"

namespace gamekeeper::adapters {

struct EmbeddedLogOptions {
  uint32_t partitions = 2;                      // used when the log is made; later the log's own number holds
  uint64_t segment_bytes = 256ull << 20;        // a new file begins after so many
  std::chrono::milliseconds segment_age_max = std::chrono::hours(24);  // or when its first event is so old
  size_t queue_bytes_max = 64ull << 20;         // waiting for the writer of a partition; beyond it kOverloaded
  size_t tail_bytes_max = 8ull << 20;           // newest rows kept in memory for readers that keep up
  uint64_t checkpoint_bytes = 4ull << 20;       // a WAL longer than this is moved into its file
  uint64_t wal_room_bytes = 16ull << 20;  // of a segment in use, written ahead and used again and again; 0: none
  std::chrono::milliseconds checkpoint_interval{250};
  Metrics* metrics = nullptr;  // must live as long as the log
};

/// Held by whoever copies a log's folder, also in another process: nothing is trimmed meanwhile. Waits for a trim under
/// way. Errors: kUnavailable; without a log in `folder` nothing is held.
Result<FileLock> keep_log(const std::string& folder);

/// EventLog in SQLite files: <folder>/p00/<first position>.log, WAL, synchronous=FULL. All that waits for a partition
/// goes into one row (LZ4, checksummed) and one commit. A position is the event's ordinal in its partition, from 1.
/// A failed sync or write other than a full disk stops the partition: nothing is acknowledged until a restart.
class EmbeddedEventLog final : public ports::EventLog {
 public:
  /// Errors: kConflict `data_dir_in_use`, kInvalid `newer_format`, kUnavailable `storage_read_only`, kCorrupt.
  static Result<std::unique_ptr<EmbeddedEventLog>> open(std::string folder, EmbeddedLogOptions options);
  ~EmbeddedEventLog() override;

  uint32_t partitions() const override;
  Task<std::vector<ports::AppendOutcome>> append(std::vector<ports::PartitionBatch> batches) override;
  Task<Result<std::unique_ptr<ports::LogReader>>> open(ports::Partition partition, ports::Position from) override;
  Task<Result<ports::LogBounds>> bounds(ports::Partition partition) override;
  uint64_t distance(ports::Position from, ports::Position to) const override;
  Task<Result<ports::LogUsage>> trim(ports::Partition partition, ports::TrimLimits limits) override;

 private:
  struct Impl;
  explicit EmbeddedEventLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The text of a log's manifest file.
std::string log_manifest(uint32_t partitions);

/// All partitions, granted at once.
class EmbeddedPartitionClaims final : public ports::PartitionClaims {
 public:
  explicit EmbeddedPartitionClaims(uint32_t partitions);
  ~EmbeddedPartitionClaims() override;
  Task<Result<ports::ClaimChange>> next() override;
  Task<Result<void>> release(ports::Partition partition) override;
  void stop() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamekeeper::adapters
