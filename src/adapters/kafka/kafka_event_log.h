#pragma once

#include <memory>

#include "adapters/kafka/kafka_options.h"
#include "ports/event_log.h"

namespace gamekeeper::adapters {

/// EventLog on Apache Kafka: acks=all, idempotent producer, explicit partition, one message an event, key = player,
/// value = JSON (events/json_codec.h), CloudEvents headers (binary mode). A Position is offset + 1.
class KafkaEventLog final : public ports::EventLog {
 public:
  /// Connects and makes the topic when it is missing. Errors: kUnavailable, kInvalid (options).
  static Result<std::unique_ptr<KafkaEventLog>> open(KafkaOptions options);
  ~KafkaEventLog() override;

  uint32_t partitions() const override;
  Task<std::vector<ports::AppendOutcome>> append(std::vector<ports::PartitionBatch> batches) override;
  Task<Result<std::unique_ptr<ports::LogReader>>> open(ports::Partition partition, ports::Position from) override;
  Task<Result<ports::LogBounds>> bounds(ports::Partition partition) override;
  uint64_t distance(ports::Position from, ports::Position to) const override;
  /// Kafka forgets by the topic's own settings: removes nothing, says only where the partition begins.
  Task<Result<ports::LogUsage>> trim(ports::Partition partition, ports::TrimLimits limits) override;

  /// What the topic's settings are now. Waits for the brokers. Errors: kUnavailable, kDenied.
  Result<TopicRetention> retention() const;

 private:
  struct Impl;
  explicit KafkaEventLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Of librdkafka.
std::string kafka_library_version();

}  // namespace gamekeeper::adapters
