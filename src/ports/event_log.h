#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::ports {

using Partition = uint32_t;

/// A place in one partition. Opaque and ordered, not arithmetic; Position{} is before the first event.
struct Position {
  uint64_t value = 0;
  auto operator<=>(const Position&) const = default;
};

/// Rows (events/event.h) bound for one partition.
struct PartitionBatch {
  Partition partition = 0;
  std::string rows;
  uint32_t count = 0;
};

/// The position of the batch's first event, or kTooLarge (split it), kOverloaded (nothing stored; wait), kFull (disk),
/// kUnavailable (outcome unknown; a retry is harmless because the processor drops repeats).
using AppendOutcome = Result<Position>;

struct LogChunk {
  std::string rows;        // whole rows, in log order
  uint32_t count = 0;
  Position first;          // of the first row
  Position next;           // where the following read would start: commit this
};

/// Reads one partition in order. Used by one coroutine at a time.
class LogReader {
 public:
  virtual ~LogReader() = default;

  /// At least one event and about `bytes_max` bytes of rows; waits for events until `deadline`, then an empty chunk
  /// whose `next` is the present position. Errors: kCorrupt (names file and offset), kUnavailable.
  virtual Task<Result<LogChunk>> next(size_t bytes_max, std::chrono::steady_clock::time_point deadline) = 0;
};

struct LogBounds {
  Position first;            // oldest retained
  Position next;             // one past the newest acknowledged
  uint64_t events = 0;       // between the two, where the engine knows it cheaply
};

/// What a log may forget of a partition: events before `before`, if they were last written before `written_before` or lie
/// beyond the newest `bytes_max` stored bytes. Either limit alone is enough; the floor `before` holds whatever they say.
/// The default forgets nothing.
struct TrimLimits {
  Position before = {};
  UnixMillis written_before = INT64_MAX;
  uint64_t bytes_max = UINT64_MAX;
};

/// What a partition holds.
struct LogUsage {
  Position first;  // oldest retained
  uint64_t bytes = 0;  // stored, after compression; 0: the engine does not say
  UnixMillis oldest_at = 0;  // when the oldest part was last written to; 0: the engine does not say
  uint64_t forgotten = 0;  // events that this call has removed
};

/// An ordered, append-only log of events, split into partitions.
///
/// Appends to one partition are read back in the order in which they were acknowledged; nothing is promised across
/// partitions. Safe from any thread. The full promise, as tests: tests/contract/event_log_contract.h.
class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Fixed when the log was created.
  virtual uint32_t partitions() const = 0;

  /// Stores each batch durably in its partition. Partitions succeed or fail on their own: the n-th outcome is that of
  /// the n-th batch.
  virtual Task<std::vector<AppendOutcome>> append(std::vector<PartitionBatch> batches) = 0;

  /// Opens `partition` for reading from `from` on (Position{}: the oldest retained).
  /// Errors: kNotFound `trimmed` when `from` is older than the retained range, kUnavailable.
  virtual Task<Result<std::unique_ptr<LogReader>>> open(Partition partition, Position from) = 0;

  virtual Task<Result<LogBounds>> bounds(Partition partition) = 0;

  /// How many events lie in [from, to), for lag; an estimate is allowed on engines whose positions have holes.
  virtual uint64_t distance(Position from, Position to) const = 0;

  /// Forgets what the limits allow, never more: whole parts of the engine's storage, oldest first, each removal durable
  /// before the next; the part being written to stays. After a crash the log is without a hole. Readers of what is gone
  /// get `trimmed`. Removes nothing while a copy is being made of the log. An engine with a retention of its own (Kafka)
  /// removes nothing here; LogBounds::first shows what it has removed.
  /// Errors: kNotFound `bad_partition`; kUnavailable: some of it may be gone, a later call goes on.
  virtual Task<Result<LogUsage>> trim(Partition partition, TrimLimits limits) = 0;
};

}  // namespace gamekeeper::ports
