#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "adapters/kafka/client.h"
#include "base/task.h"
#include "ports/event_log.h"

namespace gamekeeper::adapters::kafka {

/// An idempotent producer (acks=all) and the thread that hands out its delivery reports. Thread-safe.
class Producer {
 public:
  /// Errors: kInvalid (options).
  static Result<std::shared_ptr<Producer>> open(const KafkaOptions& options);
  /// Waits until everything handed over has been answered.
  ~Producer();

  rd_kafka_t* client() const { return client_.get(); }
  /// Before produce(), and not before the topic exists: asking for it makes some brokers create it.
  void use_topic(const std::string& name);
  /// Hands one part to librdkafka; the promise is kept by the delivery reports.
  void produce(const ports::PartitionBatch& batch, Promise<ports::AppendOutcome> promise);
  /// The brokers no longer know its sequence numbers (after a failover that lost data, say). It fails for good; another
  /// must take its place.
  bool lost() const;

 private:
  Producer(Client client, int delivery_timeout_ms);

  Client client_;
  Topic topic_;
  int delivery_timeout_ms_;
  std::atomic<bool> stopped_{false};
  std::thread poller_;
};

}  // namespace gamekeeper::adapters::kafka
