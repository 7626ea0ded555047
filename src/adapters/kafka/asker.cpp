#include "adapters/kafka/asker.h"

#include <utility>

namespace gamekeeper::adapters::kafka {
namespace {

using std::chrono::steady_clock;

constexpr int kAnswerMs = 2000;
constexpr std::chrono::seconds kSilence{1};

bool is_silence(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
         code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

}  // namespace

Result<std::unique_ptr<Asker>> Asker::open(const KafkaOptions& options) {
  auto conf = make_conf(options);
  if (!conf) return std::unexpected(conf.error());
  // The call's own timeout covers finding the leader; the question itself ends by these two (librdkafka 2.0 to 2.8).
  for (const auto& [key, value] : {std::pair{"socket.timeout.ms", std::to_string(kAnswerMs)},
                                   std::pair{"message.send.max.retries", std::string("0")}}) {
    if (auto ok = set(conf->get(), key, value); !ok) return std::unexpected(ok.error());
  }
  auto client = make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return std::unexpected(client.error());
  return std::unique_ptr<Asker>(new Asker(options.topic, std::move(*client)));
}

Result<ports::LogBounds> Asker::bounds(ports::Partition partition) {
  {
    std::lock_guard lock(mutex_);
    if (silence_ && steady_clock::now() < silent_until_) return std::unexpected(*silence_);
  }
  int64_t low = 0, high = 0;
  const auto code = rd_kafka_query_watermark_offsets(client_.get(), topic_.c_str(), static_cast<int32_t>(partition),
                                                     &low, &high, kAnswerMs);
  std::lock_guard lock(mutex_);
  silence_.reset();
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Error error = error_of(code, "Kafka does not answer");
    if (is_silence(code)) {
      silence_ = error;
      silent_until_ = steady_clock::now() + kSilence;
    }
    return std::unexpected(std::move(error));
  }
  return ports::LogBounds{ports::Position{static_cast<uint64_t>(low) + 1},
                          ports::Position{static_cast<uint64_t>(high) + 1}, static_cast<uint64_t>(high - low)};
}

}  // namespace gamekeeper::adapters::kafka
