#pragma once

#include <memory>

#include "adapters/kafka/kafka_options.h"
#include "ports/partition_claims.h"

namespace gamekeeper::adapters {

/// PartitionClaims by a Kafka consumer group. The group only decides who folds what; positions live in the
/// SeriesStore, messages are fetched by the log's readers.
class KafkaPartitionClaims final : public ports::PartitionClaims {
 public:
  static Result<std::unique_ptr<KafkaPartitionClaims>> join(KafkaOptions options);
  ~KafkaPartitionClaims() override;

  Task<Result<ports::ClaimChange>> next() override;
  Task<Result<void>> release(ports::Partition partition) override;
  std::string kept_out_by() const override;
  void stop() override;

 private:
  struct Impl;
  explicit KafkaPartitionClaims(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamekeeper::adapters
