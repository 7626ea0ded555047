#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "insight/processor/processor.h"

namespace gamekeeper::processor {

/// Follows one partition until told to end: claim, open, then read, fold and commit in turn.
class PartitionWorker {
 public:
  PartitionWorker(ports::Partition partition, Processor::Ports ports, const ProcessorOptions& options,
                  const Clock& clock, Metrics* metrics);

  /// Ends after end(), or when the partition cannot go on.
  Task<void> run();
  /// Safe from any thread; run() returns soon after, having committed.
  void end() { ending_ = true; }
  PartitionStatus status() const;

  /// Called once when run() has returned; ended() waits for it, once.
  void finished() { has_ended_ = true, Promise<bool>(ended_).set(true); }
  bool has_ended() const { return has_ended_; }
  Task<bool> ended() { return ended_.get(); }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  enum class Next : uint8_t { kGoOn, kClaimAnew, kFenced, kHalt };

  /// From claim to release, or to what went wrong.
  Task<Next> hold();
  Task<Next> follow(const ports::Claim& claim, ports::LogReader& reader);
  Task<Next> commit(const ports::Claim& claim, PartitionFold& fold, ports::Position position);
  /// The span of a batch, from its first read to its commit: it goes on with the first trace that wrote into it, and is
  /// linked to the others.
  void trace_batch(ports::Position from, ports::Position to, uint64_t events) const;
  /// Repeats while the disk is full.
  Task<Result<void>> put(const ports::Claim& claim, ports::Position position, const std::vector<ports::Cell>& cells);
  Task<void> measure_lag();
  Task<void> pause(std::chrono::milliseconds time);
  std::chrono::milliseconds next_backoff();
  /// Says that the log no longer has events which were not folded here: those between `from` and its first position.
  Task<void> tell_gap(ports::Position from);
  Next failed(const Error& error, const char* doing);
  void set_state(PartitionStatus::State state);

  ports::Partition partition_;
  Processor::Ports ports_;
  const ProcessorOptions& options_;
  const Clock& clock_;
  std::atomic<bool> ending_ = false, has_ended_ = false;
  Future<bool> ended_;
  std::chrono::milliseconds backoff_{0};
  SteadyTime lag_due_{};
  ports::Position committed_;
  int64_t batch_began_ns_ = 0;  // when the first event of the batch under way was read
  mutable std::mutex mutex_;
  PartitionStatus status_;
  prometheus::Counter* events_total_ = nullptr;
  prometheus::Gauge* lag_events_ = nullptr;
  prometheus::Gauge* gap_events_ = nullptr;
  prometheus::Histogram* commit_seconds_ = nullptr;
};

}  // namespace gamekeeper::processor
