#include "adapters/kafka/producer.h"

#include <atomic>

#include "events/json_codec.h"

namespace gamekeeper::adapters::kafka {

using ports::AppendOutcome;
using ports::Position;

namespace {

/// One partition's part of an append, until every one of its messages has been acknowledged or refused.
struct PendingPart {
  explicit PendingPart(uint32_t messages, Promise<AppendOutcome> promise)
      : left(messages), outcome(std::move(promise)) {}

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
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  };
  add("ce_specversion", "1.0");
  add("ce_id", to_string(events::shown_id(e)));
  add("ce_source", "gamekeeper/" + std::string(e.app));
  add("ce_type", e.name);
  add("ce_time", format_time(e.time));
  add("content-type", "application/json");
  return headers;
}

Result<Conf> producer_conf(const KafkaOptions& options) {
  auto conf = make_conf(options);
  if (!conf) return conf;
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
    if (auto ok = set(conf->get(), key, value); !ok) return std::unexpected(ok.error());
  }
  rd_kafka_conf_set_dr_msg_cb(conf->get(), on_delivery);
  return conf;
}

}  // namespace

Result<std::shared_ptr<Producer>> Producer::open(const KafkaOptions& options) {
  auto conf = producer_conf(options);
  if (!conf) return std::unexpected(conf.error());
  auto client = make_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return std::unexpected(client.error());
  return std::shared_ptr<Producer>(new Producer(std::move(*client), options.delivery_timeout_ms));
}

Producer::Producer(Client client, int delivery_timeout_ms)
    : client_(std::move(client)), delivery_timeout_ms_(delivery_timeout_ms), poller_([this] {
        while (!stopped_) rd_kafka_poll(client_.get(), 50);
      }) {}

Producer::~Producer() {
  if (lost()) rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_.get(), delivery_timeout_ms_ + 1000);  // every promise is kept
  stopped_ = true;
  poller_.join();
}

void Producer::use_topic(const std::string& name) {
  topic_ = Topic(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
}

bool Producer::lost() const { return rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR; }

void Producer::produce(const ports::PartitionBatch& batch, Promise<AppendOutcome> promise) {
  auto* part = new PendingPart(batch.count, std::move(promise));
  thread_local std::string value;
  events::RowReader rows(batch.rows);
  uint32_t handed = 0;
  for (events::EventView event; rows.next(event); ++handed) {
    value.clear();
    events::append_json(value, event);
    rd_kafka_headers_t* headers = cloud_event_headers(event);
    const rd_kafka_resp_err_t code = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_RKT(topic_.get()), RD_KAFKA_V_PARTITION(static_cast<int32_t>(batch.partition)),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(event.player_id.data(), event.player_id.size()),
        RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(part),
        RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    rd_kafka_headers_destroy(headers);
    part->done(code, -1, batch.count - handed);  // nothing after the first refusal: order is kept
    return;
  }
  GK_CHECK(handed == batch.count, "a batch holds as many rows as it says");
}

}  // namespace gamekeeper::adapters::kafka
