#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/tracer.h"
#include "insight/processor/fold.h"
#include "ports/event_log.h"
#include "ports/partition_claims.h"
#include "ports/series_store.h"

namespace gamekeeper::processor {

struct ProcessorOptions {
  std::chrono::milliseconds commit_interval{150};
  uint64_t commit_events_max = 500'000;
  size_t chunk_bytes = 1 << 20;
  int threads = 1;                      // partitions are spread over them
  std::string owner = "processor";      // names this process in the store
  FoldOptions fold;                     // the settings of apps too; called on the threads
  std::chrono::milliseconds backoff_min{100}, backoff_max{5'000};
  Tracing tracing;
};

/// What is committed and by whom. `lag` is what lies in the log behind `position`, as of `lag_at`.
struct PartitionStatus {
  enum class State : uint8_t { kClaiming, kFolding, kWaiting, kHalted, kReleased };
  ports::Partition partition = 0;
  State state = State::kClaiming;
  std::string owner;
  uint64_t epoch = 0;
  ports::Position position;
  uint64_t lag = 0;
  UnixMillis lag_at = 0;
  UnixMillis received_to = 0;           // freshness: greatest receipt time committed
  uint64_t events = 0, commits = 0;     // by this process
  std::string error;                    // the last one, empty when all is well; kHalted stays until a restart
};

class PartitionWorker;

/// Folds the partitions that PartitionClaims grants: reads the log, folds, and commits cells and position together.
///
/// A commit refused as stale (kConflict) drops everything since the last one and claims anew; a full disk or an
/// unreachable store is waited for; a corrupt row or cell halts its partition and no other. stop() commits what is
/// folded and returns when no thread is left.
class Processor {
 public:
  struct Ports {
    ports::EventLog& log;
    ports::PartitionClaims& claims;
    ports::SeriesStore& store;
  };

  Processor(Ports ports, ProcessorOptions options, const Clock& clock, Metrics* metrics = nullptr);
  ~Processor();

  void start();
  /// Safe to call twice.
  void stop();

  /// Partitions that are or were granted, in order. Safe from any thread.
  std::vector<PartitionStatus> status() const;
  /// Why nothing is granted, by PartitionClaims. Safe from any thread.
  std::string kept_out_by() const { return ports_.claims.kept_out_by(); }

 private:
  struct Thread {
    asio::io_context context{1};
    std::thread thread;
  };

  Task<void> follow_claims();
  void grant(ports::Partition partition);
  Task<void> revoke(ports::Partition partition);

  Ports ports_;
  ProcessorOptions options_;
  const Clock& clock_;
  Metrics* metrics_;
  std::vector<std::unique_ptr<Thread>> threads_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::map<ports::Partition, std::shared_ptr<PartitionWorker>> workers_;
  int running_ = 0;
  bool started_ = false, stopping_ = false;
};

}  // namespace gamekeeper::processor
