#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "adapters/kafka/client.h"
#include "adapters/kafka/kafka_options.h"
#include "ports/event_log.h"

namespace gamekeeper::adapters::kafka {

/// Asks brokers where partitions begin and end, and takes silence for an answer. A client of its own:
/// the log's producer repeats a question as it repeats a message, to a dead broker for ever. Blocks; safe from any thread.
class Asker {
 public:
  /// Errors: kInvalid for settings that librdkafka refuses.
  static Result<std::unique_ptr<Asker>> open(const KafkaOptions& options);

  /// While a question has waited for long, and for a second after one that got no answer, the next ones fail at once: who
  /// asks about many partitions does not wait for each. Errors: kUnavailable, kNotFound.
  Result<ports::LogBounds> bounds(ports::Partition partition);

 private:
  Asker(std::string topic, Client client) : topic_(std::move(topic)), client_(std::move(client)) {}

  Result<int64_t> ask(ports::Partition partition, int64_t which);

  std::string topic_;
  Client client_;
  std::mutex mutex_;
  std::multiset<std::chrono::steady_clock::time_point> asking_;  // since when questions wait
  std::optional<Error> silence_;  // what the last question got
  std::chrono::steady_clock::time_point silent_until_;
};

}  // namespace gamekeeper::adapters::kafka
