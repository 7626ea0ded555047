#include "adapters/kafka/kafka_event_log.h"

#include <chrono>
#include <mutex>
#include <thread>

#include "adapters/kafka/asker.h"
#include "adapters/kafka/client.h"
#include "adapters/kafka/producer.h"
#include "adapters/kafka/reader.h"
#include "adapters/kafka/topic.h"
#include "base/blocking_pool.h"
#include "base/log.h"

namespace gamekeeper::adapters {

using kafka::create_topic;
using kafka::partitions_of;
using kafka::Producer;
using ports::AppendOutcome;
using ports::LogBounds;
using ports::Partition;
using ports::PartitionBatch;
using ports::Position;

namespace {

constexpr std::chrono::milliseconds kPatience{3000};  // of who asks where a partition ends

}  // namespace

struct KafkaEventLog::Impl {
  KafkaOptions options;
  uint32_t partitions = 0;
  std::mutex mutex;
  std::shared_ptr<Producer> producer;  // the present one
  std::unique_ptr<kafka::Asker> asker;
  BlockingPool pool{2, 64};

  ~Impl() { pool.stop(); }

  std::shared_ptr<Producer> present() {
    std::lock_guard lock(mutex);
    return producer;
  }
  /// Puts a new producer in the place of one that is lost. What a retry then stores twice is dropped by the processor.
  Result<void> replace(std::shared_ptr<Producer> lost) {
    std::unique_lock lock(mutex);
    if (producer != lost) return {};
    auto next = Producer::open(options);
    if (!next) return std::unexpected(next.error());
    (*next)->use_topic(options.topic);
    producer = std::move(*next);
    lock.unlock();
    log::warning("kafka", "producer_replaced", {log::text("topic", options.topic)});
    lost.reset();  // its end may take a while: not under the lock
    return {};
  }
};

KafkaEventLog::KafkaEventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaEventLog::~KafkaEventLog() = default;

Result<std::unique_ptr<KafkaEventLog>> KafkaEventLog::open(KafkaOptions options) {
  auto producer = Producer::open(options);
  if (!producer) return std::unexpected(producer.error());
  rd_kafka_t* client = (*producer)->client();
  auto partitions = partitions_of(client, options.topic);
  if (!partitions) return std::unexpected(partitions.error());
  if (*partitions == 0) {
    if (auto made = create_topic(client, options); !made) return std::unexpected(made.error());
    for (int tries = 0; tries < 50 && *partitions == 0; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      partitions = partitions_of(client, options.topic);
      if (!partitions) return std::unexpected(partitions.error());
    }
    if (*partitions == 0)
      return fail(ErrorKind::kUnavailable, "log_unavailable", "Kafka does not show the topic.", "kafka.topic");
  }
  (*producer)->use_topic(options.topic);
  auto asker = kafka::Asker::open(options);
  if (!asker) return std::unexpected(asker.error());
  auto impl = std::make_unique<Impl>();
  impl->asker = std::move(*asker);
  impl->partitions = *partitions;
  impl->options = std::move(options);
  impl->producer = std::move(*producer);
  return std::unique_ptr<KafkaEventLog>(new KafkaEventLog(std::move(impl)));
}

uint32_t KafkaEventLog::partitions() const { return impl_->partitions; }

Task<std::vector<AppendOutcome>> KafkaEventLog::append(std::vector<PartitionBatch> batches) {
  std::vector<Future<AppendOutcome>> futures(batches.size());
  std::shared_ptr<Producer> producer = impl_->present();
  for (size_t i = 0; i < batches.size(); ++i) {
    if (batches[i].partition >= impl_->partitions || batches[i].count == 0) {
      Promise<AppendOutcome>(futures[i])
          .set(fail(ErrorKind::kInvalid, "bad_partition", "There is no such partition, or nothing to append."));
    } else {
      producer->produce(batches[i], Promise<AppendOutcome>(futures[i]));
    }
  }
  std::vector<AppendOutcome> outcomes;
  outcomes.reserve(batches.size());
  bool all_stored = true;
  for (auto& future : futures) {
    outcomes.push_back(co_await future.get());
    all_stored = all_stored && outcomes.back();
  }
  if (!all_stored && producer->lost()) {
    Impl* impl = impl_.get();
    auto replaced = co_await impl->pool.run(
        [impl, lost = std::move(producer)]() mutable { return impl->replace(std::move(lost)); });
    if (!replaced) log::warning("kafka", "producer_lost", {log::text("error", replaced.error().message)});
  }
  co_return outcomes;
}

Task<Result<std::unique_ptr<ports::LogReader>>> KafkaEventLog::open(Partition partition, Position from) {
  auto range = co_await bounds(partition);
  if (!range) co_return std::unexpected(range.error());
  if (from != Position{} && from < range->first) {
    co_return fail(ErrorKind::kNotFound, "trimmed", "The log no longer holds this position.");
  }
  co_return kafka::open_reader(impl_->options, partition, from == Position{} ? range->first : from);
}

Task<Result<LogBounds>> KafkaEventLog::bounds(Partition partition) {
  if (partition >= impl_->partitions)
    co_return fail(ErrorKind::kNotFound, "bad_partition", "There is no such partition.");
  Impl* impl = impl_.get();
  co_return co_await impl->pool.run([impl, partition] { return impl->asker->bounds(partition); }, kPatience);
}

uint64_t KafkaEventLog::distance(Position from, Position to) const {
  const uint64_t start = std::max<uint64_t>(from.value, 1);
  return to.value > start ? to.value - start : 0;
}

Task<Result<ports::LogUsage>> KafkaEventLog::trim(Partition partition, ports::TrimLimits) {
  auto range = co_await bounds(partition);
  if (!range) co_return std::unexpected(range.error());
  co_return ports::LogUsage{.first = range->first};
}

Result<TopicRetention> KafkaEventLog::retention() const {
  return kafka::retention_of(impl_->present()->client(), impl_->options.topic);
}

std::string kafka_library_version() { return rd_kafka_version_str(); }

}  // namespace gamekeeper::adapters
