#include "flow/outbox_relay.h"

#include <algorithm>
#include <map>

#include <boost/asio/detached.hpp>

#include "base/log.h"
#include "events/event.h"

namespace gamekeeper::flow {
namespace {

constexpr uint32_t kFactsARound = 2000;
constexpr std::chrono::milliseconds kIdle{20}, kElsewhere{500}, kBackoffMin{100}, kBackoffMax{5000};

/// The partitions' batches of a round; a row that is none of ours is a bug of who wrote it.
std::vector<ports::PartitionBatch> batches_of(const std::vector<ports::OutboxEntry>& entries, uint32_t partitions) {
  std::map<ports::Partition, ports::PartitionBatch> by_partition;
  for (const ports::OutboxEntry& entry : entries) {
    events::RowReader rows(entry.fact.body);
    events::EventView fact;
    GK_CHECK(rows.next(fact), "a fact of the outbox is an event row");
    const ports::Partition partition = events::partition_of(fact.app, fact.player_id, partitions);
    ports::PartitionBatch& batch = by_partition[partition];
    batch.partition = partition;
    batch.rows += entry.fact.body;
    ++batch.count;
  }
  std::vector<ports::PartitionBatch> out;
  for (auto& [partition, batch] : by_partition) out.push_back(std::move(batch));
  return out;
}

}  // namespace

OutboxRelay::OutboxRelay(ports::DocumentStore& documents, ports::EventLog& log, Metrics& metrics,
                         std::unique_ptr<Lease> lease)
    : documents_(documents),
      log_(log),
      lease_(std::move(lease)),
      delivered_(metrics.counter("gamekeeper_outbox_delivered_total", "Facts moved from the outbox to the log.")),
      failures_(metrics.counter("gamekeeper_outbox_failures_total", "Rounds of the outbox that have to be repeated.")) {
}

Task<Result<size_t>> OutboxRelay::deliver() {
  auto entries = co_await documents_.outbox(kFactsARound);
  if (!entries) co_return std::unexpected(entries.error());
  if (entries->empty()) co_return size_t{0};
  auto outcomes = co_await log_.append(batches_of(*entries, log_.partitions()));
  for (const ports::AppendOutcome& outcome : outcomes) {
    if (!outcome) co_return std::unexpected(outcome.error());
  }
  auto done = co_await documents_.outbox_done(entries->back().sequence);
  if (!done) co_return std::unexpected(done.error());
  co_return entries->size();
}

void OutboxRelay::start() {
  thread_ = std::thread([this] {
    asio::io_context context{1};
    asio::co_spawn(context, work(), asio::detached);
    context.run();
  });
}

void OutboxRelay::stop() {
  stopped_ = true;
  if (thread_.joinable()) thread_.join();
}

Task<void> OutboxRelay::rest(std::chrono::milliseconds pause) {
  const auto until = std::chrono::steady_clock::now() + pause;
  while (!stopped_ && std::chrono::steady_clock::now() < until) co_await sleep_for(kIdle);
}

Task<Result<bool>> OutboxRelay::is_ours() {
  if (!lease_) co_return true;
  auto fence = co_await lease_->hold();
  if (!fence) co_return std::unexpected(fence.error());
  co_return fence->has_value();
}

Task<void> OutboxRelay::work() {
  auto backoff = kBackoffMin;
  while (!stopped_) {
    auto ours = co_await is_ours();
    if (ours && !*ours) {
      co_await rest(kElsewhere);
      continue;
    }
    auto moved = ours ? co_await deliver() : std::unexpected(ours.error());
    if (!moved) {
      failures_.Increment();
      log::error("flow", "outbox_failed",
                 {log::text("code", moved.error().code), log::text("message", moved.error().message)});
      co_await rest(backoff);
      backoff = std::min(backoff * 2, kBackoffMax);
      continue;
    }
    backoff = kBackoffMin;
    delivered_.Increment(static_cast<double>(*moved));
    if (*moved < kFactsARound) co_await rest(kIdle);
  }
  if (lease_) (void)co_await lease_->release();
}

}  // namespace gamekeeper::flow
