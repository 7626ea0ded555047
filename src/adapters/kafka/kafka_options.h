#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gamekeeper::adapters {

/// What a topic's own settings make Kafka forget, whether or not anybody has read it.
struct TopicRetention {
  int64_t ms = -1;         // -1: kept for ever
  int64_t bytes = -1;      // of each partition; -1: no limit
  bool compacted = false;  // older events of a key go
};

/// How to reach the cluster. `extra` goes to librdkafka as it stands (its CONFIGURATION.md names the keys).
struct KafkaOptions {
  std::string brokers;  // host:port,…
  std::string topic = "gamekeeper.events";
  std::string group = "gamekeeper-processor";
  uint32_t partitions = 4;   // used when the topic does not exist yet
  int replication = 1;       // likewise
  TopicRetention retention = {};  // likewise; an existing topic is only compared with it
  std::string compression = "lz4";
  std::string security = "plaintext";  // plaintext, ssl, sasl_plaintext, sasl_ssl
  std::string sasl_mechanism, sasl_username, sasl_password, ca_file;
  /// A processor that was killed is given up, and its partitions are given to others, after this long. Brokers refuse less
  /// than their group.min.session.timeout.ms, which is 6000 unless it was lowered.
  int session_timeout_ms = 6'000;
  int delivery_timeout_ms = 10'000;  // an append that takes longer is kUnavailable
  uint32_t queue_events_max = 500'000;  // waiting in this process; beyond it kOverloaded
  std::map<std::string, std::string> extra;
};

/// A sentence when the topic forgets more than the options ask for; empty when all is well.
std::string what_is_amiss(const TopicRetention& has, const KafkaOptions& options);

}  // namespace gamekeeper::adapters
