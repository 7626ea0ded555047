#include "adapters/kafka/kafka_partition_claims.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "adapters/kafka/client.h"
#include "base/log.h"

namespace gamekeeper::adapters {

using ports::ClaimChange;
using ports::Partition;

struct KafkaPartitionClaims::Impl {
  kafka::Client consumer;
  std::thread poller;
  mutable std::mutex mutex;
  std::condition_variable released;
  std::deque<ClaimChange> changes;
  std::optional<Promise<Result<ClaimChange>>> waiting;
  std::set<Partition> leaving;  // revoked, not yet released
  bool stopped = false;
  bool has_share = false;
  std::string kept_out_by;  // what the group's coordinator said last, since it gave us a share, be it an empty one
  rd_kafka_resp_err_t warned = RD_KAFKA_RESP_ERR_NO_ERROR;  // of the poller's thread

  static Result<ClaimChange> stopped_error() {
    return fail(ErrorKind::kUnavailable, "stopped", "The claims were given back.");
  }

  void tell(ClaimChange change) {
    std::unique_lock lock(mutex);
    if (!waiting) {
      changes.push_back(std::move(change));
      return;
    }
    auto promise = std::move(*waiting);
    waiting.reset();
    lock.unlock();
    promise.set(std::move(change));
  }

  /// Runs on the poller's thread, inside rd_kafka_consumer_poll or rd_kafka_consumer_close.
  void rebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* list) {
    ClaimChange change;
    auto& to = what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? change.granted : change.revoked;
    for (int i = 0; i < list->cnt; ++i) to.push_back(static_cast<Partition>(list->elems[i].partition));
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      rd_kafka_assign(consumer.get(), list);
      rd_kafka_pause_partitions(consumer.get(), list);  // nobody fetches through the group
      take_share(list->cnt > 0);
      if (!change.granted.empty()) tell(std::move(change));
      return;
    }
    {
      std::lock_guard lock(mutex);
      leaving.insert(change.revoked.begin(), change.revoked.end());
      has_share = false;
    }
    if (!change.revoked.empty()) tell(std::move(change));
    // The next owner is told only after the present one has stopped; an owner that hangs is fenced by its epoch.
    std::unique_lock lock(mutex);
    released.wait_for(lock, std::chrono::seconds(5), [this] { return leaving.empty() || stopped; });
    leaving.clear();
    lock.unlock();
    rd_kafka_assign(consumer.get(), nullptr);
  }

  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* list, void* self) {
    static_cast<Impl*>(self)->rebalance(what, list);
  }

  void take_share(bool has_any) {
    std::lock_guard lock(mutex);
    has_share = has_any;
    kept_out_by.clear();
    warned = RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  /// Brokers answer with codes above 0; the client's own, of connections that come back, say nothing of the group.
  void hear(rd_kafka_resp_err_t code) {
    if (code <= 0 && code != RD_KAFKA_RESP_ERR__FATAL && code != RD_KAFKA_RESP_ERR__AUTHENTICATION) return;
    std::lock_guard lock(mutex);
    if (!has_share) kept_out_by = rd_kafka_err2name(code);
  }

  /// What keeps us out of the group, once as long as it is the same: a session timeout that the brokers refuse, say.
  void warn(const rd_kafka_message_t& message) {
    if (message.err == warned || message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    warned = message.err;
    const char* said = rd_kafka_message_errstr(&message);
    log::warning("kafka", "group_trouble",
                 {log::text("code", rd_kafka_err2name(message.err)), log::text("reason", said ? said : "")});
  }

  void poll() {
    for (;;) {
      {
        std::lock_guard lock(mutex);
        if (stopped) break;
      }
      rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer.get(), 100);
      if (message == nullptr) continue;
      warn(*message);
      hear(message->err);
      rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(consumer.get());
  }
};

KafkaPartitionClaims::KafkaPartitionClaims(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

KafkaPartitionClaims::~KafkaPartitionClaims() {
  stop();
  if (impl_->poller.joinable()) impl_->poller.join();
}

Result<std::unique_ptr<KafkaPartitionClaims>> KafkaPartitionClaims::join(KafkaOptions options) {
  auto conf = kafka::make_conf(options);
  if (!conf) return std::unexpected(conf.error());
  auto impl = std::make_unique<Impl>();
  // Six beats may be missed, as many as a broker that pauses to collect garbage makes us miss.
  const int session_ms = options.session_timeout_ms, heartbeat_ms = session_ms / 6;
  for (const auto& [key, value] : std::initializer_list<std::pair<const char*, std::string>>{
           {"group.id", options.group},
           {"enable.auto.commit", "false"},
           {"session.timeout.ms", std::to_string(session_ms)},
           {"heartbeat.interval.ms", std::to_string(heartbeat_ms)},
           {"max.poll.interval.ms", "30000"},
           {"partition.assignment.strategy", "range"}}) {
    if (auto ok = kafka::set(conf->get(), key, value); !ok) return std::unexpected(ok.error());
  }
  rd_kafka_conf_set_opaque(conf->get(), impl.get());
  rd_kafka_conf_set_rebalance_cb(conf->get(), &Impl::on_rebalance);
  auto client = kafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return std::unexpected(client.error());
  impl->consumer = std::move(*client);
  rd_kafka_poll_set_consumer(impl->consumer.get());
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, options.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe(impl->consumer.get(), topics);
  rd_kafka_topic_partition_list_destroy(topics);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::unexpected(kafka::error_of(code, "The consumer group cannot be joined"));
  impl->poller = std::thread([raw = impl.get()] { raw->poll(); });
  return std::unique_ptr<KafkaPartitionClaims>(new KafkaPartitionClaims(std::move(impl)));
}

Task<Result<ClaimChange>> KafkaPartitionClaims::next() {
  Future<Result<ClaimChange>> future;
  {
    std::lock_guard lock(impl_->mutex);
    if (!impl_->changes.empty()) {
      ClaimChange change = std::move(impl_->changes.front());
      impl_->changes.pop_front();
      co_return change;
    }
    if (impl_->stopped) co_return Impl::stopped_error();
    impl_->waiting.emplace(future);
  }
  co_return co_await future.get();
}

Task<Result<void>> KafkaPartitionClaims::release(Partition partition) {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->leaving.erase(partition);
  }
  impl_->released.notify_all();
  co_return Result<void>{};
}

std::string KafkaPartitionClaims::kept_out_by() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->kept_out_by;
}

void KafkaPartitionClaims::stop() {
  std::optional<Promise<Result<ClaimChange>>> waiting;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopped = true;
    waiting = std::move(impl_->waiting);
    impl_->waiting.reset();
  }
  impl_->released.notify_all();
  if (waiting) waiting->set(Impl::stopped_error());
}

}  // namespace gamekeeper::adapters
