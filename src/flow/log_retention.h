#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "ports/event_log.h"

namespace gamekeeper::flow {

/// How far one consumer of the log has come *durably* in a partition: nothing from there on may be forgotten, not even
/// by a power loss that takes the consumer back. Position{}: nowhere yet, or it is not known.
using ConsumedUpTo = std::function<Task<Result<ports::Position>>(ports::Partition)>;

struct RetentionOptions {
  std::chrono::milliseconds age_max = std::chrono::hours(24 * 30);
  uint64_t bytes_max = 0;  // of the whole log, the same share for each partition; 0: no limit
};

/// The chore that trims the event log: what all consumers have passed and what is older than `age_max`, or beyond
/// `bytes_max`, goes. Says in metrics what is kept: gamekeeper_log_bytes, _log_oldest_timestamp_seconds and
/// _log_first_position by partition, _log_forgotten_events_total, _log_trim_failures_total.
class LogRetention {
 public:
  /// Without a consumer nothing is forgotten: who could say that an event is not needed any more?
  LogRetention(ports::EventLog& log, std::vector<ConsumedUpTo> consumers, RetentionOptions options, const Clock& clock,
               Metrics* metrics = nullptr);

  /// One look at every partition; one call at a time. Errors: the first one met; the other partitions are trimmed all
  /// the same.
  Task<Result<void>> run_once();

  /// What each partition held at the last look that succeeded; empty before the first. Safe from any thread.
  std::vector<ports::LogUsage> usage() const;

 private:
  struct Gauges {
    prometheus::Gauge *bytes, *oldest, *first;
  };
  Task<Result<ports::LogUsage>> trim(ports::Partition partition);
  void note(ports::Partition partition, const ports::LogUsage& usage);

  ports::EventLog& log_;
  std::vector<ConsumedUpTo> consumers_;
  RetentionOptions options_;
  const Clock& clock_;
  std::vector<Gauges> gauges_;  // by partition; empty without metrics
  prometheus::Counter *forgotten_ = nullptr, *failures_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<ports::LogUsage> usage_;
};

}  // namespace gamekeeper::flow
