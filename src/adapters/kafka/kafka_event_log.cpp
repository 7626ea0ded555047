#include "adapters/kafka/kafka_event_log.h"

#include <array>
#include <atomic>
#include <thread>

#include "adapters/kafka/client.h"
#include "adapters/kafka/reader.h"
#include "base/blocking_pool.h"
#include "events/json_codec.h"

namespace gamekeeper::adapters {

using kafka::Client;
using kafka::error_of;
using kafka::Topic;
using ports::AppendOutcome;
using ports::LogBounds;
using ports::Partition;
using ports::PartitionBatch;
using ports::Position;

namespace {

/// One partition's part of an append, until every one of its messages has been acknowledged or refused.
struct PendingPart {
  explicit PendingPart(uint32_t messages, Promise<AppendOutcome> promise) : left(messages), outcome(std::move(promise)) {}

  std::atomic<uint32_t> left;
  std::atomic<int> failure{RD_KAFKA_RESP_ERR_NO_ERROR};
  std::atomic<int64_t> first{INT64_MAX};
  Promise<AppendOutcome> outcome;

  void done(rd_kafka_resp_err_t code, int64_t offset, uint32_t messages = 1) {
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) failure.store(code, std::memory_order_relaxed);
    int64_t seen = first.load(std::memory_order_relaxed);
    while (offset >= 0 && offset < seen && !first.compare_exchange_weak(seen, offset, std::memory_order_relaxed)) {
    }
    if (left.fetch_sub(messages, std::memory_order_acq_rel) != messages) return;
    const auto failed = static_cast<rd_kafka_resp_err_t>(failure.load(std::memory_order_relaxed));
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
      outcome.set(std::unexpected(error_of(failed, "The event could not be stored")));
    } else {
      outcome.set(Position{static_cast<uint64_t>(first.load(std::memory_order_relaxed)) + 1});
    }
    delete this;
  }
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  static_cast<PendingPart*>(message->_private)->done(message->err, message->offset);
}

/// CloudEvents 1.0, Kafka protocol binding, binary mode.
rd_kafka_headers_t* cloud_event_headers(const events::EventView& e) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(6);
  auto add = [headers](std::string_view name, std::string_view value) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(), static_cast<ssize_t>(value.size()));
  };
  add("ce_specversion", "1.0");
  add("ce_id", to_string(events::shown_id(e)));
  add("ce_source", "gamekeeper/" + std::string(e.app));
  add("ce_type", e.name);
  add("ce_time", format_time(e.time));
  add("content-type", "application/json");
  return headers;
}

/// 0: there is no such topic. Asks for all topics, because a question about one makes some brokers create it.
Result<uint32_t> partitions_of(rd_kafka_t* client, const std::string& topic) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client, 1, nullptr, &metadata, 5000);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(code, "Kafka does not answer"));
  uint32_t count = 0;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (topic == metadata->topics[i].topic) count = static_cast<uint32_t>(metadata->topics[i].partition_cnt);
  }
  rd_kafka_metadata_destroy(metadata);
  return count;
}

Result<void> create_topic(rd_kafka_t* client, const KafkaOptions& o) {
  std::array<char, 256> why{};
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(o.topic.c_str(), static_cast<int>(o.partitions), o.replication, why.data(), why.size());
  if (!topic) return fail(ErrorKind::kInvalid, "bad_value", std::string("Kafka: ") + why.data(), "kafka.topic");
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  rd_kafka_CreateTopics(client, &topic, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 15'000);
  Result<void> outcome;
  if (!event) {
    outcome = fail(ErrorKind::kUnavailable, "log_unavailable", "Kafka did not make the topic in time.");
  } else if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    outcome = std::unexpected(error_of(rd_kafka_event_error(event), "The topic could not be made"));
  } else {
    size_t count = 0;
    const auto* result = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; ++i) {
      const auto code = rd_kafka_topic_result_error(result[i]);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        outcome = std::unexpected(error_of(code, "The topic could not be made"));
      }
    }
  }
  if (event) rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(topic);
  return outcome;
}

}  // namespace

struct KafkaEventLog::Impl {
  KafkaOptions options;
  Client producer;
  Topic topic;
  uint32_t partitions = 0;
  std::atomic<bool> stopped{false};
  std::thread poller;
  BlockingPool pool{2, 64};

  ~Impl() {
    pool.stop();
    if (producer) rd_kafka_flush(producer.get(), options.delivery_timeout_ms + 1000);
    stopped = true;
    if (poller.joinable()) poller.join();
  }

  /// Hands one part to librdkafka; the part's promise is kept by the delivery reports.
  void produce(const PartitionBatch& batch, Promise<AppendOutcome> promise) {
    auto* part = new PendingPart(batch.count, std::move(promise));
    thread_local std::string value;
    events::RowReader rows(batch.rows);
    uint32_t handed = 0;
    for (events::EventView event; rows.next(event); ++handed) {
      value.clear();
      events::append_json(value, event);
      rd_kafka_headers_t* headers = cloud_event_headers(event);
      const rd_kafka_resp_err_t code = rd_kafka_producev(
          producer.get(), RD_KAFKA_V_RKT(topic.get()), RD_KAFKA_V_PARTITION(static_cast<int32_t>(batch.partition)),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(event.player_id.data(), event.player_id.size()),
          RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(part), RD_KAFKA_V_END);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      rd_kafka_headers_destroy(headers);
      part->done(code, -1, batch.count - handed);  // nothing after the first refusal: order is kept
      return;
    }
    GK_CHECK(handed == batch.count, "a batch holds as many rows as it says");
  }
};

KafkaEventLog::KafkaEventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaEventLog::~KafkaEventLog() = default;

Result<std::unique_ptr<KafkaEventLog>> KafkaEventLog::open(KafkaOptions options) {
  auto conf = kafka::make_conf(options);
  if (!conf) return std::unexpected(conf.error());
  for (const auto& [key, value] : std::initializer_list<std::pair<const char*, std::string>>{
           {"acks", "all"},
           {"enable.idempotence", "true"},
           {"compression.codec", options.compression},
           {"linger.ms", "2"},
           {"batch.num.messages", "10000"},
           {"batch.size", "1000000"},
           {"delivery.timeout.ms", std::to_string(options.delivery_timeout_ms)},
           {"request.timeout.ms", std::to_string(std::min(options.delivery_timeout_ms, 5000))},
           {"retry.backoff.ms", "50"},
           {"queue.buffering.max.messages", std::to_string(options.queue_events_max)},
           {"queue.buffering.max.kbytes", "262144"}}) {
    if (auto ok = kafka::set(conf->get(), key, value); !ok) return std::unexpected(ok.error());
  }
  rd_kafka_conf_set_dr_msg_cb(conf->get(), on_delivery);
  auto producer = kafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!producer) return std::unexpected(producer.error());
  auto impl = std::make_unique<Impl>();
  impl->producer = std::move(*producer);
  auto partitions = partitions_of(impl->producer.get(), options.topic);
  if (!partitions) return std::unexpected(partitions.error());
  if (*partitions == 0) {
    if (auto made = create_topic(impl->producer.get(), options); !made) return std::unexpected(made.error());
    for (int tries = 0; tries < 50 && *partitions == 0; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      partitions = partitions_of(impl->producer.get(), options.topic);
      if (!partitions) return std::unexpected(partitions.error());
    }
    if (*partitions == 0) return fail(ErrorKind::kUnavailable, "log_unavailable", "Kafka does not show the topic.", "kafka.topic");
  }
  impl->partitions = *partitions;
  impl->options = std::move(options);
  impl->topic = Topic(rd_kafka_topic_new(impl->producer.get(), impl->options.topic.c_str(), nullptr));
  impl->poller = std::thread([raw = impl.get()] {
    while (!raw->stopped) rd_kafka_poll(raw->producer.get(), 50);
  });
  return std::unique_ptr<KafkaEventLog>(new KafkaEventLog(std::move(impl)));
}

uint32_t KafkaEventLog::partitions() const { return impl_->partitions; }

Task<std::vector<AppendOutcome>> KafkaEventLog::append(std::vector<PartitionBatch> batches) {
  std::vector<Future<AppendOutcome>> futures(batches.size());
  for (size_t i = 0; i < batches.size(); ++i) {
    if (batches[i].partition >= impl_->partitions || batches[i].count == 0) {
      Promise<AppendOutcome>(futures[i]).set(fail(ErrorKind::kInvalid, "bad_partition", "There is no such partition, or nothing to append."));
    } else {
      impl_->produce(batches[i], Promise<AppendOutcome>(futures[i]));
    }
  }
  std::vector<AppendOutcome> outcomes;
  outcomes.reserve(batches.size());
  for (auto& future : futures) outcomes.push_back(co_await future.get());
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
  Impl* impl = impl_.get();
  co_return co_await impl->pool.run([impl, partition]() -> Result<LogBounds> {
    int64_t low = 0, high = 0;
    const auto code = rd_kafka_query_watermark_offsets(impl->producer.get(), impl->options.topic.c_str(),
                                                       static_cast<int32_t>(partition), &low, &high, 5000);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(code, "Kafka does not answer"));
    return LogBounds{Position{static_cast<uint64_t>(low) + 1}, Position{static_cast<uint64_t>(high) + 1}, static_cast<uint64_t>(high - low)};
  });
}

uint64_t KafkaEventLog::distance(Position from, Position to) const {
  const uint64_t start = std::max<uint64_t>(from.value, 1);
  return to.value > start ? to.value - start : 0;
}

Task<Result<void>> KafkaEventLog::trim(Partition, Position) { co_return Result<void>{}; }

std::string kafka_library_version() { return rd_kafka_version_str(); }

}  // namespace gamekeeper::adapters
