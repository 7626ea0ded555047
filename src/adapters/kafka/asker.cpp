#include "adapters/kafka/asker.h"

#include <utility>

namespace gamekeeper::adapters::kafka {
namespace {

using std::chrono::steady_clock;

constexpr int kAnswerMs = 1500;
constexpr std::chrono::seconds kSilence{1};

}  // namespace

Result<std::unique_ptr<Asker>> Asker::open(const KafkaOptions& options) {
  auto conf = make_conf(options);
  if (!conf) return std::unexpected(conf.error());
  // It produces nothing, but only a producer may be told not to repeat.
  for (const auto& [key, value] : {std::pair{"socket.timeout.ms", std::to_string(kAnswerMs)},
                                   std::pair{"message.send.max.retries", std::string("0")}}) {
    if (auto ok = set(conf->get(), key, value); !ok) return std::unexpected(ok.error());
  }
  auto client = make_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return std::unexpected(client.error());
  return std::unique_ptr<Asker>(new Asker(options.topic, std::move(*client)));
}

/// The question for offsets by time, whose times may be the beginning and the end: it keeps its time-out, which
/// rd_kafka_query_watermark_offsets() does not while a broker refuses connections.
Result<int64_t> Asker::ask(ports::Partition partition, int64_t which) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_t* asked =
      rd_kafka_topic_partition_list_add(list, topic_.c_str(), static_cast<int32_t>(partition));
  asked->offset = which;
  auto code = rd_kafka_offsets_for_times(client_.get(), list, kAnswerMs);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = asked->err;
  const int64_t offset = asked->offset;
  rd_kafka_topic_partition_list_destroy(list);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(code, "Kafka does not answer"));
  return offset;
}

Result<ports::LogBounds> Asker::bounds(ports::Partition partition) {
  const auto now = steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    if (silence_ && now < silent_until_) return std::unexpected(*silence_);
    if (!asking_.empty() && now - *asking_.begin() > std::chrono::milliseconds(kAnswerMs))
      return std::unexpected(error_of(RD_KAFKA_RESP_ERR__TIMED_OUT, "Kafka does not answer"));
    asking_.insert(now);
  }
  auto low = ask(partition, RD_KAFKA_OFFSET_BEGINNING);
  auto high = low ? ask(partition, RD_KAFKA_OFFSET_END) : low;

  std::lock_guard lock(mutex_);
  asking_.erase(asking_.find(now));
  silence_.reset();
  if (!high) {
    if (high.error().kind == ErrorKind::kUnavailable) {
      silence_ = high.error();
      silent_until_ = steady_clock::now() + kSilence;
    }
    return std::unexpected(high.error());
  }
  return ports::LogBounds{ports::Position{static_cast<uint64_t>(*low) + 1},
                          ports::Position{static_cast<uint64_t>(*high) + 1}, static_cast<uint64_t>(*high - *low)};
}

}  // namespace gamekeeper::adapters::kafka
