#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "adapters/kafka/kafka_options.h"
#include "base/result.h"

namespace gamekeeper::adapters::kafka {

struct ClientDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDeleter>;

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;

struct TopicDeleter {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
using Topic = std::unique_ptr<rd_kafka_topic_t, TopicDeleter>;

/// What every client shares: brokers, security, logging. Errors: kInvalid naming librdkafka's key.
Result<Conf> make_conf(const KafkaOptions& options);
Result<void> set(rd_kafka_conf_t* conf, const char* key, const std::string& value);
Result<Client> make_client(rd_kafka_type_t type, Conf conf);

/// librdkafka's errors as ours.
Error error_of(rd_kafka_resp_err_t code, const std::string& what);

}  // namespace gamekeeper::adapters::kafka
