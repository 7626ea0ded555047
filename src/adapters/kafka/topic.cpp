#include "adapters/kafka/topic.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "adapters/kafka/client.h"

namespace gamekeeper::adapters::kafka {
namespace {

constexpr int kMadeWithinMs = 15'000, kToldWithinMs = 5'000;

struct QueueDeleter {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct EventDeleter {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
struct NewTopicDeleter {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
struct ResourceDeleter {
  void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
};
using Queue = std::unique_ptr<rd_kafka_queue_t, QueueDeleter>;
using Event = std::unique_ptr<rd_kafka_event_t, EventDeleter>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, NewTopicDeleter>;
using Resource = std::unique_ptr<rd_kafka_ConfigResource_t, ResourceDeleter>;

/// The brokers' answer to what was asked with this queue.
Result<Event> answer_of(const Queue& queue, int wait_ms, const char* failure) {
  Event event(rd_kafka_queue_poll(queue.get(), wait_ms));
  if (!event) return fail(ErrorKind::kUnavailable, "log_unavailable", std::string(failure) + ": no answer in time.");
  const auto code = rd_kafka_event_error(event.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(code, failure));
  return event;
}

}  // namespace

/// Asks for all topics, because a question about one makes some brokers create it.
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
  constexpr const char* kFailure = "The topic could not be made";
  std::array<char, 256> why{};
  NewTopic topic(
      rd_kafka_NewTopic_new(o.topic.c_str(), static_cast<int>(o.partitions), o.replication, why.data(), why.size()));
  if (!topic) return fail(ErrorKind::kInvalid, "bad_value", std::string("Kafka: ") + why.data(), "kafka.topic");
  rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "delete");
  rd_kafka_NewTopic_set_config(topic.get(), "retention.ms", std::to_string(o.retention.ms).c_str());
  rd_kafka_NewTopic_set_config(topic.get(), "retention.bytes", std::to_string(o.retention.bytes).c_str());
  Queue queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* raw = topic.get();
  rd_kafka_CreateTopics(client, &raw, 1, nullptr, queue.get());
  auto event = answer_of(queue, kMadeWithinMs, kFailure);
  if (!event) return std::unexpected(event.error());
  size_t count = 0;
  const auto* result = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(result[i]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
      return std::unexpected(error_of(code, kFailure));
  }
  return {};
}

Result<TopicRetention> retention_of(rd_kafka_t* client, const std::string& topic) {
  constexpr const char* kFailure = "The topic's settings could not be read";
  Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  Queue queue(rd_kafka_queue_new(client));
  rd_kafka_ConfigResource_t* raw = resource.get();
  rd_kafka_DescribeConfigs(client, &raw, 1, nullptr, queue.get());
  auto event = answer_of(queue, kToldWithinMs, kFailure);
  if (!event) return std::unexpected(event.error());
  size_t count = 0;
  const auto** described =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  TopicRetention out;
  for (size_t i = 0; i < count; ++i) {
    if (const auto code = rd_kafka_ConfigResource_error(described[i]); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return std::unexpected(error_of(code, kFailure));
    size_t entries = 0;
    const auto** entry = rd_kafka_ConfigResource_configs(described[i], &entries);
    for (size_t n = 0; n < entries; ++n) {
      const std::string name = rd_kafka_ConfigEntry_name(entry[n]);
      const char* value = rd_kafka_ConfigEntry_value(entry[n]);
      if (!value) continue;
      if (name == "retention.ms") out.ms = std::strtoll(value, nullptr, 10);
      if (name == "retention.bytes") out.bytes = std::strtoll(value, nullptr, 10);
      if (name == "cleanup.policy") out.compacted = std::string(value).find("compact") != std::string::npos;
    }
  }
  return out;
}

}  // namespace gamekeeper::adapters::kafka

namespace gamekeeper::adapters {

std::string what_is_amiss(const TopicRetention& has, const KafkaOptions& options) {
  const TopicRetention& wanted = options.retention;
  const auto shorter = [](int64_t found, int64_t limit) { return found >= 0 && (limit < 0 || found < limit); };
  if (has.compacted)
    return fmt::format(
        "The topic {} is compacted (cleanup.policy): Kafka removes events of a player that has newer "
        "ones.",
        options.topic);
  if (shorter(has.ms, wanted.ms))
    return fmt::format("The topic {} keeps events for {} hours (retention.ms), log.retention_hours asks for {}.",
                       options.topic, has.ms / 3'600'000, wanted.ms / 3'600'000);
  if (shorter(has.bytes, wanted.bytes))
    return fmt::format("The topic {} keeps {} bytes of a partition (retention.bytes), log.retention_bytes asks for {}.",
                       options.topic, has.bytes, wanted.bytes < 0 ? "no limit" : std::to_string(wanted.bytes));
  return "";
}

}  // namespace gamekeeper::adapters
