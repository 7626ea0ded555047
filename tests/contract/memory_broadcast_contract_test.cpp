// The contract of Broadcast in memory, and what it forgets.
#include "adapters/memory/memory_broadcast.h"
#include "tests/contract/broadcast_contract.h"

namespace gamekeeper::contract {
namespace {

/// One of the processes: there is but one where nothing but memory joins them.
class Shared final : public Broadcast {
 public:
  explicit Shared(std::shared_ptr<Broadcast> one) : one_(std::move(one)) {}
  Task<Result<TopicPosition>> publish(std::string topic, std::string body) override {
    return one_->publish(std::move(topic), std::move(body));
  }
  Task<Result<TopicPosition>> position(std::string topic) override { return one_->position(std::move(topic)); }
  Task<Result<std::vector<TopicMessage>>> replay(std::string topic, TopicPosition after) override {
    return one_->replay(std::move(topic), std::move(after));
  }
  std::unique_ptr<Subscription> subscribe(std::string topic, Receiver receiver) override {
    return one_->subscribe(std::move(topic), std::move(receiver));
  }

 private:
  std::shared_ptr<Broadcast> one_;
};

struct MemoryBroadcastUnderTest final : BroadcastUnderTest {
  std::unique_ptr<Broadcast> open() override { return std::make_unique<Shared>(one); }
  size_t kept() const override { return 128; }
  void lose_everything() override { one = std::make_shared<adapters::MemoryBroadcast>(); }
  std::shared_ptr<Broadcast> one = std::make_shared<adapters::MemoryBroadcast>();
};
INSTANTIATE_TEST_SUITE_P(Memory, BroadcastContract, testing::Values(BroadcastFactory([] {
                           return std::make_unique<MemoryBroadcastUnderTest>();
                         })));

TopicPosition say(adapters::MemoryBroadcast& on, const std::string& topic, std::string body) {
  return *gamekeeper::test::run(on.publish(topic, std::move(body)));
}
bool can_go_on(adapters::MemoryBroadcast& on, const std::string& topic, const TopicPosition& after) {
  return gamekeeper::test::run(on.replay(topic, after)).has_value();
}

TEST(MemoryBroadcast, ForgetsWhoWasSilentLongestWhenThereAreTooMany) {
  adapters::MemoryBroadcast broadcast({.messages_kept = 4, .bytes_kept = 16 << 20, .topics_kept = 160});
  const TopicPosition old = say(broadcast, "old", "x");
  Heard heard;
  const auto held = broadcast.subscribe("old too, but heard", heard.receiver());
  const TopicPosition of_heard = say(broadcast, "old too, but heard", "x");
  for (int i = 0; i < 2000; ++i) say(broadcast, "topic " + std::to_string(i), "x");
  EXPECT_LE(broadcast.topics(), 161u);
  const TopicPosition back = say(broadcast, "old", "back");
  EXPECT_FALSE(can_go_on(broadcast, "old", {old.epoch, old.n - 1})) << "what was forgotten is said";
  EXPECT_TRUE(can_go_on(broadcast, "old", {back.epoch, back.n - 1}));
  EXPECT_TRUE(can_go_on(broadcast, "old too, but heard", of_heard)) << "nothing came after";
  EXPECT_FALSE(can_go_on(broadcast, "old too, but heard", {of_heard.epoch, of_heard.n - 1}));
  EXPECT_EQ(say(broadcast, "old too, but heard", "y").n, of_heard.n + 1) << "where somebody listens, the count goes on";
}

TEST(MemoryBroadcast, AForgottenTopicNeverGivesANumberTwice) {
  adapters::MemoryBroadcast broadcast({.messages_kept = 4, .bytes_kept = 16 << 20, .topics_kept = 16});
  std::vector<std::string> same_shard{"a"};
  for (int i = 0; same_shard.size() < 3; ++i) {
    if (std::hash<std::string>{}(std::to_string(i)) % 16 == std::hash<std::string>{}("a") % 16)
      same_shard.push_back(std::to_string(i));
  }
  std::vector<TopicPosition> given;
  for (int round = 0; round < 20; ++round) {  // one topic a shard is kept: each pushes the other out
    given.push_back(say(broadcast, "a", "x"));
    for (int n = 0; n < round % 3; ++n) say(broadcast, same_shard[1], "x");
    say(broadcast, same_shard[2], "x");
  }
  for (size_t i = 1; i < given.size(); ++i) {
    EXPECT_GT(given[i].n, given[i - 1].n);
    EXPECT_FALSE(can_go_on(broadcast, "a", given[i - 1])) << "it missed number " << given[i].n;
  }
}

TEST(MemoryBroadcast, HoldsNoMoreBytesThanItMay) {
  adapters::MemoryBroadcast broadcast({.messages_kept = 128, .bytes_kept = 16 << 20, .topics_kept = 1600});
  std::vector<TopicPosition> said;
  for (int i = 0; i < 20; ++i) said.push_back(say(broadcast, "big", std::string(100'000, 'x')));
  EXPECT_TRUE(can_go_on(broadcast, "big", said[10]));
  EXPECT_FALSE(can_go_on(broadcast, "big", said[8])) << "a shard's mebibyte holds ten";
}

TEST(MemoryBroadcast, ATopicWithoutMessagesAndListenersIsForgotten) {
  adapters::MemoryBroadcast broadcast;
  Heard heard;
  for (int i = 0; i < 100; ++i) broadcast.subscribe(std::to_string(i), heard.receiver());
  gamekeeper::test::run(broadcast.position("asked for"));
  EXPECT_EQ(broadcast.topics(), 0u);
  const auto held = broadcast.subscribe("t", heard.receiver());
  EXPECT_EQ(broadcast.topics(), 1u);
}

}  // namespace
}  // namespace gamekeeper::contract
