#include "adapters/redis/redis_broadcast.h"

#include "adapters/redis/topic_scripts.h"
#include "base/ids.h"

namespace gamekeeper::adapters {

using ports::TopicMessage;
using ports::TopicPosition;

namespace {

constexpr size_t kTopicBytesMax = 512, kBodyBytesMax = 256 * 1024;
constexpr uint64_t kNumberMax = uint64_t{1} << 53;  // what Lua counts exactly

Result<void> check_topic(const std::string& topic) {
  if (!topic.empty() && topic.size() <= kTopicBytesMax) return {};
  return fail(ErrorKind::kInvalid, "bad_topic", "A topic has 1 to 512 bytes.", "topic", "512");
}

std::string idle_text(const RedisBroadcastOptions& options) { return std::to_string(options.idle.count()); }

}  // namespace

RedisBroadcast::RedisBroadcast(RedisConnections& connections, Options options)
    : connections_(connections), options_(options), listener_(connections) {}

Task<Result<TopicPosition>> RedisBroadcast::publish(std::string topic, std::string body) {
  if (auto ok = check_topic(topic); !ok) co_return std::unexpected(ok.error());
  if (body.size() > kBodyBytesMax)
    co_return fail(ErrorKind::kInvalid, "body_too_large", "A message has at most 256 KiB.", "body", "256 KiB");
  if (auto ok = connections_.reachable(); !ok) co_return std::unexpected(ok.error());
  std::vector<std::string> arguments{std::move(body), std::to_string(options_.messages_kept), idle_text(options_),
                                     random_token(8)};
  auto at = co_await connections_.run(redis::publish_script(), redis::topic_keys(topic), std::move(arguments),
                                      RedisConnections::Lost::kTell);
  if (!at) co_return std::unexpected(at.error());
  co_return redis::read_at(*at);
}

Task<Result<TopicPosition>> RedisBroadcast::position(std::string topic) {
  if (auto ok = check_topic(topic); !ok) co_return std::unexpected(ok.error());
  if (auto ok = co_await listener_.await(topic); !ok) co_return std::unexpected(ok.error());
  std::vector<std::string> arguments{idle_text(options_), random_token(8)};
  auto reply = co_await connections_.run(redis::position_script(), redis::topic_keys(topic), std::move(arguments),
                                         RedisConnections::Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  TopicPosition at = redis::read_at(*reply);
  listener_.stood_at(topic, at);
  co_return at;
}

Task<Result<std::vector<TopicMessage>>> RedisBroadcast::replay(std::string topic, TopicPosition after) {
  if (auto ok = check_topic(topic); !ok) co_return std::unexpected(ok.error());
  const auto resync = fail(ErrorKind::kNotFound, "resync", "What came after is no longer kept.", "seq");
  if (after.n > kNumberMax) co_return resync;
  // Who listens and then asks for what was before must find the two joined.
  if (auto ok = co_await listener_.await(topic); !ok) co_return std::unexpected(ok.error());
  std::vector<std::string> arguments{after.epoch, std::to_string(after.n)};
  auto entries = co_await connections_.run(redis::replay_script(), redis::topic_keys(topic), std::move(arguments),
                                           RedisConnections::Lost::kRepeat);
  if (!entries) co_return std::unexpected(entries.error());
  if (entries->nothing()) co_return resync;
  co_return redis::read_entries(*entries, after.epoch);
}

std::unique_ptr<ports::Broadcast::Subscription> RedisBroadcast::subscribe(std::string topic, Receiver receiver) {
  return listener_.subscribe(std::move(topic), std::move(receiver));
}

}  // namespace gamekeeper::adapters
