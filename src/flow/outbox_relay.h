#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "base/metrics.h"
#include "flow/lease.h"
#include "ports/document_store.h"
#include "ports/event_log.h"

namespace gamekeeper::flow {

/// Moves the facts of committed write sets from the document store's outbox to the event log: at least once, facts of
/// one key in the order of their commits. A fact that was appended and not yet struck off comes again after a crash; the
/// processor drops it by its id.
class OutboxRelay {
 public:
  /// `lease`: where several processes share the outbox, one of them does it for all; null: this is the only one.
  OutboxRelay(ports::DocumentStore& documents, ports::EventLog& log, Metrics& metrics,
              std::unique_ptr<Lease> lease = nullptr);
  ~OutboxRelay() { stop(); }

  void start();
  /// Ends after the round that is under way; what is left waits in the outbox. Safe to call twice.
  void stop();

  /// One round: how many facts went over. Errors: those of the two stores; nothing is lost, the next round repeats.
  Task<Result<size_t>> deliver();

 private:
  Task<Result<bool>> is_ours();
  Task<void> work();
  Task<void> rest(std::chrono::milliseconds pause);

  ports::DocumentStore& documents_;
  ports::EventLog& log_;
  const std::unique_ptr<Lease> lease_;
  prometheus::Counter& delivered_;
  prometheus::Counter& failures_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace gamekeeper::flow
