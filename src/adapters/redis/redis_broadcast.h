#pragma once

#include "adapters/redis/redis_connections.h"
#include "adapters/redis/topic_listener.h"
#include "ports/broadcast.h"

namespace gamekeeper::adapters {

struct RedisBroadcastOptions {
  size_t messages_kept = 128;                // of a topic, at least
  std::chrono::milliseconds idle{3'600'000};  // a topic in which nothing was said for so long is forgotten
};

/// Broadcast over one Redis: a topic's newest messages stand in a stream of their own, and each is told, in the same step,
/// to the processes that listen to it (PUBLISH). A process that lost its connection reads what it missed from the streams.
/// Reading live from the streams (XREAD) would name every topic to the server again for every message.
///
/// publish() fails at once while the server is away: who says something has done what it tells of, and must not wait.
/// Numbers grow without gaps in a topic and begin at the clock's microseconds, so that a topic which was forgotten and
/// comes back never gives a number twice. All positions end with the server's generation (RedisConnections).
class RedisBroadcast final : public ports::Broadcast {
 public:
  using Options = RedisBroadcastOptions;

  /// `connections` must outlive it.
  explicit RedisBroadcast(RedisConnections& connections, Options options = {});

  Task<Result<ports::TopicPosition>> publish(std::string topic, std::string body) override;
  Task<Result<ports::TopicPosition>> position(std::string topic) override;
  Task<Result<std::vector<ports::TopicMessage>>> replay(std::string topic, ports::TopicPosition after) override;
  std::unique_ptr<Subscription> subscribe(std::string topic, Receiver receiver) override;

 private:
  RedisConnections& connections_;
  const Options options_;
  redis::TopicListener listener_;
};

}  // namespace gamekeeper::adapters
