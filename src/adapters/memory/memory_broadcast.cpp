#include "adapters/memory/memory_broadcast.h"

#include <functional>
#include <utility>

#include "base/ids.h"

namespace gamekeeper::adapters {

using ports::TopicMessage;
using ports::TopicPosition;

namespace {

constexpr size_t kTopicBytesMax = 512, kBodyBytesMax = 256 * 1024;
constexpr size_t kMessageOverhead = 128;  // what a message holds beside its body

Result<void> check_topic(const std::string& topic) {
  if (!topic.empty() && topic.size() <= kTopicBytesMax) return {};
  return fail(ErrorKind::kInvalid, "bad_topic", "A topic has 1 to 512 bytes.", "topic", "512");
}

size_t cost(const TopicMessage& message) { return message.body->size() + kMessageOverhead; }

}  // namespace

/// One receiver. The name is a copy: the topic outlives its last listener only as long as it has messages.
class MemoryBroadcast::Listening final : public ports::Broadcast::Subscription {
 public:
  Listening(MemoryBroadcast& broadcast, std::string topic, std::list<Receiver>::iterator receiver)
      : broadcast_(broadcast), topic_(std::move(topic)), receiver_(receiver) {}
  ~Listening() override { broadcast_.unsubscribe(topic_, receiver_); }

 private:
  MemoryBroadcast& broadcast_;
  const std::string topic_;
  const std::list<Receiver>::iterator receiver_;
};

MemoryBroadcast::MemoryBroadcast(Options options) : options_(options), epoch_(random_token(8)) {}
MemoryBroadcast::~MemoryBroadcast() = default;

MemoryBroadcast::Shard& MemoryBroadcast::shard_of(const std::string& topic) {
  return shards_[std::hash<std::string>{}(topic) % kShards];
}

MemoryBroadcast::Topic& MemoryBroadcast::make(Shard& shard, const std::string& name) {
  auto [entry, fresh] = shard.topics.try_emplace(name);
  if (fresh) {
    entry->second.name = &entry->first;
    entry->second.last = shard.floor;
  }
  return entry->second;
}

void MemoryBroadcast::forget_if_unused(Shard& shard, Topic& topic) {
  if (!topic.kept.empty() || !topic.receivers.empty()) return;
  shard.floor = std::max(shard.floor, topic.last);
  shard.topics.erase(shard.topics.find(*topic.name));
}

void MemoryBroadcast::drop_oldest(Shard& shard, Topic& topic) {
  shard.bytes -= cost(topic.kept.front());
  topic.kept.pop_front();
  if (topic.kept.empty()) shard.spoken.erase(topic.spoken);
}

void MemoryBroadcast::keep(Shard& shard, Topic& topic, TopicMessage message) {
  if (topic.kept.empty())
    topic.spoken = shard.spoken.insert(shard.spoken.end(), &topic);
  else
    shard.spoken.splice(shard.spoken.end(), shard.spoken, topic.spoken);
  shard.bytes += cost(message);
  topic.kept.push_back(std::move(message));
  if (topic.kept.size() > options_.messages_kept) drop_oldest(shard, topic);
  while (shard.bytes > options_.bytes_kept / kShards || shard.spoken.size() > options_.topics_kept / kShards) {
    Topic& silent = *shard.spoken.front();
    if (&silent == &topic && topic.kept.size() == 1) return;  // the newest of all stays
    drop_oldest(shard, silent);
    forget_if_unused(shard, silent);
  }
}

Task<Result<TopicPosition>> MemoryBroadcast::publish(std::string topic, std::string body) {
  if (auto ok = check_topic(topic); !ok) co_return std::unexpected(ok.error());
  if (body.size() > kBodyBytesMax)
    co_return fail(ErrorKind::kInvalid, "body_too_large", "A message has at most 256 KiB.", "body", "256 KiB");
  TopicMessage message{.at = {.epoch = epoch_}, .body = std::make_shared<const std::string>(std::move(body))};
  Shard& shard = shard_of(topic);
  std::lock_guard lock(shard.mutex);
  Topic& to = make(shard, topic);
  message.at.n = ++to.last;
  for (const Receiver& receive : to.receivers) receive(message);
  TopicPosition at = message.at;
  keep(shard, to, std::move(message));
  co_return at;
}

Task<Result<TopicPosition>> MemoryBroadcast::position(std::string topic) {
  if (auto ok = check_topic(topic); !ok) co_return std::unexpected(ok.error());
  Shard& shard = shard_of(topic);
  std::lock_guard lock(shard.mutex);
  const auto found = shard.topics.find(topic);
  co_return TopicPosition{.epoch = epoch_, .n = found == shard.topics.end() ? shard.floor : found->second.last};
}

Task<Result<std::vector<TopicMessage>>> MemoryBroadcast::replay(std::string topic, TopicPosition after) {
  if (auto ok = check_topic(topic); !ok) co_return std::unexpected(ok.error());
  Shard& shard = shard_of(topic);
  std::lock_guard lock(shard.mutex);
  const auto found = shard.topics.find(topic);
  static const std::list<TopicMessage> kNothing;
  const auto& kept = found == shard.topics.end() ? kNothing : found->second.kept;
  const uint64_t last = found == shard.topics.end() ? shard.floor : found->second.last;
  const uint64_t missed = after.n <= last ? last - after.n : UINT64_MAX;  // numbers of one topic have no gaps
  if (after.epoch != epoch_ || missed > kept.size())
    co_return fail(ErrorKind::kNotFound, "resync", "What came after is no longer kept.", "seq");
  co_return std::vector<TopicMessage>(std::prev(kept.end(), static_cast<std::ptrdiff_t>(missed)), kept.end());
}

std::unique_ptr<ports::Broadcast::Subscription> MemoryBroadcast::subscribe(std::string topic, Receiver receiver) {
  Shard& shard = shard_of(topic);
  std::lock_guard lock(shard.mutex);
  Topic& to = make(shard, topic);
  const auto at = to.receivers.insert(to.receivers.end(), std::move(receiver));
  return std::make_unique<Listening>(*this, std::move(topic), at);
}

void MemoryBroadcast::unsubscribe(const std::string& name, std::list<Receiver>::iterator receiver) {
  Shard& shard = shard_of(name);
  std::lock_guard lock(shard.mutex);
  Topic& topic = shard.topics.find(name)->second;
  topic.receivers.erase(receiver);
  forget_if_unused(shard, topic);
}

size_t MemoryBroadcast::topics() const {
  size_t sum = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    sum += shard.topics.size();
  }
  return sum;
}

}  // namespace gamekeeper::adapters
