#pragma once

#include <array>
#include <list>
#include <mutex>
#include <unordered_map>

#include "ports/broadcast.h"

namespace gamekeeper::adapters {

struct MemoryBroadcastOptions {
  size_t messages_kept = 128;               // a topic
  size_t bytes_kept = 128 * 1024 * 1024;    // of all topics
  size_t topics_kept = 200'000;             // that have messages
};

/// Broadcast in this process. Nothing survives it: every start has an epoch of its own. Receivers are called by whoever
/// publishes, before publish() returns. What is over a limit goes from the topics that were silent longest; a topic
/// without messages and listeners is forgotten.
class MemoryBroadcast final : public ports::Broadcast {
 public:
  using Options = MemoryBroadcastOptions;

  explicit MemoryBroadcast(Options options = {});
  ~MemoryBroadcast() override;

  Task<Result<ports::TopicPosition>> publish(std::string topic, std::string body) override;
  Task<Result<ports::TopicPosition>> position(std::string topic) override;
  Task<Result<std::vector<ports::TopicMessage>>> replay(std::string topic, ports::TopicPosition after) override;
  std::unique_ptr<Subscription> subscribe(std::string topic, Receiver receiver) override;

  /// Topics that are remembered: with messages or listeners.
  size_t topics() const;

 private:
  struct Topic {
    const std::string* name = nullptr;  // the map's key
    uint64_t last = 0;  // of what was said
    std::list<ports::TopicMessage> kept;  // a list: most topics hold nothing, and an empty one has no memory
    std::list<Receiver> receivers;
    std::list<Topic*>::iterator spoken;  // while something is kept
  };
  struct Shard {
    mutable std::mutex mutex;  // also held while receivers are called: their order is the topic's
    std::unordered_map<std::string, Topic> topics;
    std::list<Topic*> spoken;  // topics with messages, the longest silent first
    size_t bytes = 0;
    /// A topic that is forgotten and comes back goes on from here, so that no number is given twice and whoever missed
    /// something can be told.
    uint64_t floor = 0;
  };
  class Listening;

  Shard& shard_of(const std::string& topic);
  static Topic& make(Shard& shard, const std::string& name);
  static void forget_if_unused(Shard& shard, Topic& topic);
  void keep(Shard& shard, Topic& topic, ports::TopicMessage message);
  static void drop_oldest(Shard& shard, Topic& topic);
  void unsubscribe(const std::string& name, std::list<Receiver>::iterator receiver);

  static constexpr size_t kShards = 16;
  const Options options_;
  const std::string epoch_;
  std::array<Shard, kShards> shards_;
};

}  // namespace gamekeeper::adapters
