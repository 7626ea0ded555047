#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "ports/document_store.h"
#include "ports/event_log.h"

namespace gamekeeper::flow {

/// What a consumer makes of some rows: documents to be written, and what is said of them once they are.
struct Effects {
  ports::WriteSet writes = {};
  std::function<Task<void>()> after_commit = nullptr;  // may be lost in a crash; never runs before the commit
};

/// Whole rows of one partition in, effects out. Called again with the same rows when the commit met other writers or
/// failed: it must depend on nothing but the rows and the store. An error stops the partition for a pause.
using LogHandler = std::function<Task<Result<Effects>>(std::string rows)>;

struct ConsumerOptions {
  std::string name;  // under which the positions are kept
  bool from_beginning = false;  // where a consumer that has no position yet starts; else at the log's end
  size_t bytes_max = 256 * 1024;  // of rows at a time; less while there is much to write for them
  std::chrono::milliseconds poll{200};  // how long a read waits for rows
  std::chrono::milliseconds backoff_min{100}, backoff_max{10'000};
  std::chrono::milliseconds fenced_pause{3'000};  // after another process was found at work on a partition
  std::chrono::milliseconds position_every{2'000};  // a position that moved without writes
};

/// Reads every partition of the log in order and commits what the handler makes of it together with the position, so that
/// each row takes effect exactly once, whatever kills the process. Positions are documents of the collection
/// `consumers`; each is written over the version that was read, so that of two processes at work on one partition only
/// one gets on at a time. Rows that the log has forgotten before they were read are told in the log and counted.
///
/// Metrics, by consumer: gamekeeper_consumer_rows_total, _lag_rows, _failures_total, _lost_rows_total.
class LogConsumer {
 public:
  LogConsumer(ports::DocumentStore& documents, ports::EventLog& log, LogHandler handler, ConsumerOptions options,
              Metrics& metrics);
  ~LogConsumer();

  /// When it returns, the places where it starts are settled (if the store answers): nothing written from then on is
  /// missed. Reads on a thread of its own.
  void start();
  /// Ends after the rows under way. Safe to call twice.
  void stop();

  /// Rows that lie in the log and are not done yet, as of the last look. Safe from any thread.
  uint64_t lag() const;

 private:
  struct Place {
    ports::Position at;
    uint64_t version = 0;  // of the document
    bool moved = false;  // since it was written
    std::chrono::steady_clock::time_point write_due = {}, lag_due = {};
    size_t bytes = 0;  // to be read at a time
  };

  Task<void> claim_all();
  Task<void> follow(ports::Partition partition);
  Task<Result<void>> hold_safely(ports::Partition partition);
  Task<Result<void>> hold(ports::Partition partition);
  Task<Result<Place>> load(ports::Partition partition);
  Task<Result<std::unique_ptr<ports::LogReader>>> open(ports::Partition partition, Place& place);
  Task<Result<void>> take(ports::Partition partition, Place& place, ports::LogChunk chunk);
  Task<Result<bool>> commit(ports::Partition partition, Place& place, ports::WriteSet writes, ports::Position next);
  Task<void> measure_lag(ports::Partition partition, Place& place);
  Task<void> rest(std::chrono::milliseconds pause);
  ports::Put put_of(ports::Partition partition, const Place& place, ports::Position at) const;

  ports::DocumentStore& documents_;
  ports::EventLog& log_;
  const LogHandler handler_;
  const ConsumerOptions options_;
  prometheus::Counter &rows_, &failures_, &lost_;
  prometheus::Gauge& lag_rows_;
  std::vector<std::atomic<uint64_t>> lags_;  // by partition
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace gamekeeper::flow
