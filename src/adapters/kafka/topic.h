#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

#include "adapters/kafka/kafka_options.h"
#include "base/result.h"

namespace gamekeeper::adapters::kafka {

// Questions and orders about a topic. Each waits for the brokers: not on a thread that must not block.

/// 0: there is no such topic.
Result<uint32_t> partitions_of(rd_kafka_t* client, const std::string& topic);

/// Makes the topic with the options' partitions, replicas and retention; one that is there already stays as it is.
Result<void> create_topic(rd_kafka_t* client, const KafkaOptions& options);

/// What the topic's own settings forget. Errors: kUnavailable, kDenied (its settings may not be read).
Result<TopicRetention> retention_of(rd_kafka_t* client, const std::string& topic);

}  // namespace gamekeeper::adapters::kafka
