#include "adapters/kafka/client.h"

#include <array>

#include "base/log.h"

namespace gamekeeper::adapters::kafka {
namespace {

void on_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
  log::write(level <= 4 ? log::Level::kWarning : log::Level::kDebug, "kafka", "librdkafka",
             {log::text("facility", facility), log::text("message", text)});
}

}  // namespace

Result<void> set(rd_kafka_conf_t* conf, const char* key, const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(conf, key, value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK) return {};
  return fail(ErrorKind::kInvalid, "bad_value", std::string("Kafka: ") + why.data(), key);
}

Result<Conf> make_conf(const KafkaOptions& o) {
  Conf conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  for (const auto& [key, value] :
       std::initializer_list<std::pair<const char*, std::string>>{{"bootstrap.servers", o.brokers},
                                                                  {"client.id", "gamekeeper"},
                                                                  {"security.protocol", o.security},
                                                                  {"sasl.mechanism", o.sasl_mechanism},
                                                                  {"sasl.username", o.sasl_username},
                                                                  {"sasl.password", o.sasl_password},
                                                                  {"ssl.ca.location", o.ca_file},
                                                                  {"socket.nagle.disable", "true"},
                                                                  {"reconnect.backoff.max.ms", "1000"},
                                                                  {"topic.metadata.refresh.fast.interval.ms", "100"}}) {
    if (value.empty()) continue;
    if (auto ok = set(conf.get(), key, value); !ok) return std::unexpected(ok.error());
  }
  for (const auto& [key, value] : o.extra) {
    if (auto ok = set(conf.get(), key.c_str(), value); !ok) return std::unexpected(ok.error());
  }
  return conf;
}

Result<Client> make_client(rd_kafka_type_t type, Conf conf) {
  std::array<char, 512> why{};
  rd_kafka_t* client = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (!client) return fail(ErrorKind::kInvalid, "bad_value", std::string("Kafka: ") + why.data(), "kafka");
  std::ignore = conf.release();  // the client owns it now
  return Client(client);
}

Error error_of(rd_kafka_resp_err_t code, const std::string& what) {
  Error error{ErrorKind::kUnavailable, "log_unavailable", what + ": " + rd_kafka_err2str(code) + ".", "", ""};
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      error.kind = ErrorKind::kTooLarge;
      error.code = "event_too_large";
      break;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      error.kind = ErrorKind::kOverloaded;
      error.code = "overloaded";
      break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      error.kind = ErrorKind::kDenied;
      error.code = "log_denied";
      break;
    default:
      break;
  }
  error.retry_after = std::chrono::milliseconds(1000);
  return error;
}

}  // namespace gamekeeper::adapters::kafka
