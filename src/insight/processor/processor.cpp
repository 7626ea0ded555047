#include "insight/processor/processor.h"

#include "base/log.h"
#include "insight/processor/partition_worker.h"

namespace gamekeeper::processor {

Processor::Processor(Ports ports, ProcessorOptions options, const Clock& clock, Metrics* metrics)
    : ports_(ports), options_(std::move(options)), clock_(clock), metrics_(metrics) {
  GK_CHECK(options_.threads > 0, "folding needs a thread");
}

Processor::~Processor() { stop(); }

void Processor::start() {
  GK_CHECK(!started_, "start() once");
  started_ = true;
  for (int i = 0; i < options_.threads; ++i) threads_.push_back(std::make_unique<Thread>());
  asio::co_spawn(threads_.front()->context, follow_claims(), [this](std::exception_ptr error) {
    GK_CHECK(!error, "no exception leaves follow_claims");
    // Threads with nothing to fold waited for grants; there are none any more.
    for (auto& t : threads_) asio::post(t->context, [&c = t->context] { c.get_executor().on_work_finished(); });
  });
  for (auto& t : threads_) {
    t->context.get_executor().on_work_started();
    t->thread = std::thread([&context = t->context] { context.run(); });
  }
}

void Processor::stop() {
  {
    std::unique_lock lock(mutex_);
    if (!started_ || stopping_) return;
    stopping_ = true;
    for (auto& [partition, worker] : workers_) worker->end();
    // First the workers, so that nobody else is granted a partition that still has a commit to come.
    ended_.wait(lock, [this] { return running_ == 0; });
  }
  ports_.claims.stop();
  for (auto& t : threads_) t->thread.join();
}

std::vector<PartitionStatus> Processor::status() const {
  std::lock_guard lock(mutex_);
  std::vector<PartitionStatus> all;
  for (const auto& [partition, worker] : workers_) all.push_back(worker->status());
  return all;
}

Task<void> Processor::follow_claims() {
  for (;;) {
    auto change = co_await ports_.claims.next();
    if (!change) {
      if (change.error().code == "stopped") co_return;
      {
        std::lock_guard lock(mutex_);
        if (stopping_) co_return;
      }
      log::warning("event-processor", "claims_unavailable", {log::text("error", change.error().message)});
      co_await sleep_for(options_.backoff_min);
      continue;
    }
    for (ports::Partition partition : change->revoked) co_await revoke(partition);
    for (ports::Partition partition : change->granted) grant(partition);
  }
}

void Processor::grant(ports::Partition partition) {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  // Granted twice: two workers would only fence each other.
  if (auto at = workers_.find(partition); at != workers_.end() && !at->second->has_ended()) return;
  auto worker = std::make_shared<PartitionWorker>(partition, ports_, options_, clock_, metrics_);
  workers_[partition] = worker;
  ++running_;
  asio::io_context& context = threads_[partition % threads_.size()]->context;
  asio::co_spawn(context, worker->run(), [this, worker](std::exception_ptr error) {
    GK_CHECK(!error, "no exception leaves a worker");
    std::lock_guard guard(mutex_);
    worker->finished();
    --running_;
    ended_.notify_all();
  });
}

Task<void> Processor::revoke(ports::Partition partition) {
  std::shared_ptr<PartitionWorker> worker;
  {
    std::lock_guard lock(mutex_);
    auto at = workers_.find(partition);
    if (at == workers_.end()) co_return;
    worker = at->second;
  }
  worker->end();
  co_await worker->ended();
  auto released = co_await ports_.claims.release(partition);
  if (!released) log::warning("event-processor", "release_failed", {log::text("error", released.error().message)});
}

}  // namespace gamekeeper::processor
