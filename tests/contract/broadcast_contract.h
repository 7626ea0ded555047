#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ports/broadcast.h"
#include "tests/support/run_task.h"

namespace gamekeeper::contract {

using ports::Broadcast;
using ports::TopicMessage;
using ports::TopicPosition;

struct BroadcastUnderTest {
  virtual ~BroadcastUnderTest() = default;
  /// One process's. All that one BroadcastUnderTest opened speak to each other.
  virtual std::unique_ptr<Broadcast> open() = 0;
  /// How many messages a topic keeps at least; of twice as many the oldest is gone.
  virtual size_t kept() const = 0;
  /// What was said so far is gone, as when the engine lost its memory. Nothing that open() gave is open meanwhile.
  virtual void lose_everything() = 0;
};
using BroadcastFactory = std::function<std::unique_ptr<BroadcastUnderTest>()>;

/// What one subscription heard.
class Heard {
 public:
  Broadcast::Receiver receiver() {
    return [this](const TopicMessage& message) {
      std::lock_guard lock(mutex_);
      messages_.push_back(message);
      came_.notify_all();
    };
  }
  /// The first `n`; fewer when they don't come.
  std::vector<TopicMessage> wait_for(size_t n) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::seconds(20), [&] { return messages_.size() >= n; });
    EXPECT_GE(messages_.size(), n);
    return messages_;
  }
  size_t size() {
    std::lock_guard lock(mutex_);
    return messages_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<TopicMessage> messages_;
};

class BroadcastContract : public testing::TestWithParam<BroadcastFactory> {
 protected:
  void SetUp() override {
    engine_ = GetParam()();
    broadcast_ = engine_->open();
  }
  static Result<TopicPosition> try_publish(Broadcast& on, const std::string& topic, std::string body) {
    return gamekeeper::test::run(on.publish(topic, std::move(body)));
  }
  static TopicPosition publish(Broadcast& on, const std::string& topic, std::string body) {
    auto said = try_publish(on, topic, std::move(body));
    EXPECT_TRUE(said) << said.error().message;
    return said.value_or(TopicPosition{});
  }
  TopicPosition publish(const std::string& topic, std::string body) {
    return publish(*broadcast_, topic, std::move(body));
  }
  static TopicPosition position(Broadcast& on, const std::string& topic) {
    auto at = gamekeeper::test::run(on.position(topic));
    EXPECT_TRUE(at) << at.error().message;
    return at.value_or(TopicPosition{});
  }
  TopicPosition position(const std::string& topic) { return position(*broadcast_, topic); }
  Result<std::vector<TopicMessage>> try_replay(const std::string& topic, TopicPosition after) {
    return gamekeeper::test::run(broadcast_->replay(topic, std::move(after)));
  }
  std::vector<TopicMessage> replay(const std::string& topic, TopicPosition after) {
    auto messages = try_replay(topic, std::move(after));
    EXPECT_TRUE(messages) << messages.error().message;
    return messages.value_or(std::vector<TopicMessage>());
  }
  void expect_resync(const std::string& topic, TopicPosition after) {
    auto messages = try_replay(topic, std::move(after));
    ASSERT_FALSE(messages);
    EXPECT_EQ(messages.error().kind, ErrorKind::kNotFound);
    EXPECT_EQ(messages.error().code, "resync");
  }
  /// Subscribes, and has asked where the topic ends: what is published after this is heard.
  static std::unique_ptr<Broadcast::Subscription> listen(Broadcast& on, const std::string& topic, Heard& heard) {
    auto subscription = on.subscribe(topic, heard.receiver());
    position(on, topic);
    return subscription;
  }
  static std::vector<std::string> bodies(const std::vector<TopicMessage>& messages) {
    std::vector<std::string> out;
    for (const TopicMessage& m : messages) out.push_back(*m.body);
    return out;
  }
  static std::vector<std::string> numbers(const std::string& prefix, size_t from, size_t to) {
    std::vector<std::string> out;
    for (size_t i = from; i < to; ++i) out.push_back(prefix + std::to_string(i));
    return out;
  }

  std::unique_ptr<BroadcastUnderTest> engine_;
  std::unique_ptr<Broadcast> broadcast_;
};

TEST_P(BroadcastContract, WhoListensHearsAllInOrderWithTheirPositions) {
  Heard one, two;
  const auto first = listen(*broadcast_, "t", one), second = listen(*broadcast_, "t", two);
  std::vector<TopicPosition> said;
  for (const std::string& body : numbers("", 0, 50)) said.push_back(publish("t", body));
  for (Heard* heard : {&one, &two}) {
    const auto messages = heard->wait_for(50);
    EXPECT_EQ(bodies(messages), numbers("", 0, 50));
    for (size_t i = 0; i < messages.size(); ++i) EXPECT_EQ(messages[i].at, said[i]);
  }
  for (size_t i = 1; i < said.size(); ++i) {
    EXPECT_EQ(said[i].epoch, said[0].epoch);
    EXPECT_GT(said[i].n, said[i - 1].n);
  }
  EXPECT_EQ(position("t"), said.back());
}

TEST_P(BroadcastContract, TopicsAreKeptApart) {
  const std::vector<std::string> topics = {"a",
                                           "b",
                                           "A",
                                           std::string("s\x1f"
                                                       "app\x1f"
                                                       "id"),
                                           std::string("s\x1f"
                                                       "app\x1f"
                                                       "id2"),
                                           "with space:and {braces}",
                                           "\xC3\xA4\xE2\x82\xAC",
                                           std::string(512, 'x'),
                                           std::string(511, 'x')};
  std::vector<Heard> heard(topics.size());
  std::vector<std::unique_ptr<Broadcast::Subscription>> held;
  for (size_t i = 0; i < topics.size(); ++i) held.push_back(listen(*broadcast_, topics[i], heard[i]));
  for (size_t i = 0; i < topics.size(); ++i) {
    for (const std::string& body : numbers("to " + std::to_string(i) + " ", 0, 3)) publish(topics[i], body);
  }
  for (size_t i = 0; i < topics.size(); ++i)
    EXPECT_EQ(bodies(heard[i].wait_for(3)), numbers("to " + std::to_string(i) + " ", 0, 3));
}

TEST_P(BroadcastContract, BodiesAreBytes) {
  Heard heard;
  const auto held = listen(*broadcast_, "t", heard);
  const std::vector<std::string> wanted = {"", std::string("\0\r\n\xFF", 4), std::string(256 * 1024, 'b')};
  const TopicPosition before = position("t");
  for (const std::string& body : wanted) publish("t", body);
  EXPECT_EQ(bodies(heard.wait_for(3)), wanted);
  EXPECT_EQ(bodies(replay("t", before)), wanted);
}

TEST_P(BroadcastContract, RefusesWhatIsTooLong) {
  EXPECT_EQ(try_publish(*broadcast_, "", "x").error().field, "topic");
  EXPECT_EQ(try_publish(*broadcast_, std::string(513, 't'), "x").error().field, "topic");
  const auto refused = try_publish(*broadcast_, "t", std::string(256 * 1024 + 1, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(refused.error().field, "body");
}

TEST_P(BroadcastContract, ReplaysWhatCameAfter) {
  const TopicPosition before = position("t");
  std::vector<TopicPosition> said;
  for (const std::string& body : numbers("", 0, 20)) said.push_back(publish("t", body));
  EXPECT_EQ(bodies(replay("t", before)), numbers("", 0, 20)) << "from before the first on";
  EXPECT_EQ(bodies(replay("t", said[11])), numbers("", 12, 20));
  EXPECT_TRUE(replay("t", said.back()).empty());
  EXPECT_TRUE(replay("silent", position("silent")).empty());
  const auto messages = replay("t", said[11]);
  for (size_t i = 0; i < messages.size(); ++i) EXPECT_EQ(messages[i].at, said[12 + i]);
}

TEST_P(BroadcastContract, PositionsSurviveTheirText) {
  for (const TopicPosition& at : {position("t"), publish("t", "x")}) {
    const std::string text = ports::to_text(at);
    EXPECT_LE(text.size(), 64u);
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"),
              std::string::npos)
        << text;
    const auto read = ports::read_position(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, at);
  }
}

TEST_P(BroadcastContract, KeepsTheNewest) {
  const size_t kept = engine_->kept();
  const TopicPosition before = position("t");
  std::vector<TopicPosition> said;
  for (const std::string& body : numbers("", 0, 2 * kept)) said.push_back(publish("t", body));
  EXPECT_EQ(bodies(replay("t", said[kept - 1])), numbers("", kept, 2 * kept)) << "as many as it promises to keep";
  expect_resync("t", before);
  expect_resync("t", said[0]);
}

TEST_P(BroadcastContract, PositionsThatItNeverGaveNeedAResync) {
  TopicPosition at = publish("t", "x");
  expect_resync("t", {"another", at.n});
  expect_resync("t", {"", 0});
  expect_resync("t", {at.epoch, at.n + 1000});
  expect_resync("t", {at.epoch, UINT64_MAX});
}

TEST_P(BroadcastContract, WhatWasLostIsSaid) {
  std::vector<TopicPosition> said{position("t")};
  for (const std::string& body : numbers("", 0, 5)) said.push_back(publish("t", body));
  broadcast_.reset();
  engine_->lose_everything();
  broadcast_ = engine_->open();
  for (const TopicPosition& old : said) expect_resync("t", old);
  const TopicPosition start = position("t");
  for (const std::string& body : numbers("new ", 0, 10)) publish("t", body);
  for (const TopicPosition& old : said) expect_resync("t", old);  // though there are as many again
  EXPECT_EQ(bodies(replay("t", start)), numbers("new ", 0, 10));
}

TEST_P(BroadcastContract, WhoLeftHearsNothingMore) {
  Heard staying, leaving, later;
  const auto stays = listen(*broadcast_, "t", staying);
  auto leaves = listen(*broadcast_, "t", leaving);
  publish("t", "0");
  leaving.wait_for(1);
  leaves.reset();
  for (const std::string& body : numbers("", 1, 20)) publish("t", body);
  EXPECT_EQ(bodies(staying.wait_for(20)), numbers("", 0, 20));
  EXPECT_EQ(leaving.size(), 1u);
  const auto comes = listen(*broadcast_, "t", later);
  publish("t", "20");
  EXPECT_EQ(bodies(later.wait_for(1)), numbers("", 20, 21)) << "and nothing of what was before";
}

TEST_P(BroadcastContract, AReceiverIsNotRunningOnceItsSubscriptionEnded) {
  std::atomic<bool> stop = false;
  std::thread speaker([&] {
    while (!stop) publish("t", "x");
  });
  for (int round = 0; round < 50; ++round) {
    auto alive = std::make_unique<std::atomic<int>>(0);
    std::atomic<int>* calls = alive.get();
    auto held = broadcast_->subscribe("t", [calls](const TopicMessage&) { ++*calls; });  // a sanitizer sees a late one
    if (round % 5 == 0) {
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (*calls == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
      EXPECT_GT(*calls, 0);
    }
    held.reset();
    const int at_the_end = *calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(*calls, at_the_end);
  }
  stop = true;
  speaker.join();
}

TEST_P(BroadcastContract, AllProcessesHearTheSameOrder) {
  constexpr size_t kEach = 40;
  const auto other = engine_->open();
  Heard here, there;
  const auto one = listen(*broadcast_, "t", here), two = listen(*other, "t", there);
  std::vector<std::thread> speakers;
  for (int s = 0; s < 4; ++s) {
    speakers.emplace_back([&, s] {
      Broadcast& mine = s % 2 == 0 ? *broadcast_ : *other;
      for (const std::string& body : numbers(std::to_string(s) + ":", 0, kEach)) publish(mine, "t", body);
    });
  }
  for (auto& speaker : speakers) speaker.join();
  const auto a = here.wait_for(4 * kEach), b = there.wait_for(4 * kEach);
  EXPECT_EQ(bodies(a), bodies(b));
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) EXPECT_EQ(a[i].at, b[i].at);
  for (int s = 0; s < 4; ++s) {
    std::vector<std::string> own;
    for (const std::string& body : bodies(a)) {
      if (body.starts_with(std::to_string(s) + ":")) own.push_back(body);
    }
    EXPECT_EQ(own, numbers(std::to_string(s) + ":", 0, kEach)) << "each speaker's own order";
  }
  const TopicPosition end = position("t");
  EXPECT_EQ(position(*other, "t"), end);
  EXPECT_TRUE(replay("t", end).empty());
}

TEST_P(BroadcastContract, BetweenReplayAndLiveNothingIsMissing) {
  const TopicPosition start = position("t");
  constexpr size_t kAll = 60;
  std::thread speaker([&] {
    for (const std::string& body : numbers("", 0, kAll)) publish("t", body);
  });
  Heard live;
  const auto held = listen(*broadcast_, "t", live);  // first listen, then ask for what was before
  const auto before = replay("t", start);
  speaker.join();
  publish("t", "end");
  std::vector<std::string> all = bodies(before);
  const uint64_t seen = before.empty() ? start.n : before.back().at.n;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::vector<TopicMessage> rest;
  while ((rest.empty() || *rest.back().body != "end") && std::chrono::steady_clock::now() < until)
    rest = live.wait_for(live.size());
  for (const TopicMessage& m : rest) {
    if (m.at.n > seen) all.push_back(*m.body);
  }
  std::vector<std::string> wanted = numbers("", 0, kAll);
  wanted.emplace_back("end");
  EXPECT_EQ(all, wanted);
}

TEST_P(BroadcastContract, WhoSubscribesAndThenReplaysMissesNothing) {
  const std::jthread speaker([&](const std::stop_token& ended) {
    for (int i = 0; !ended.stop_requested(); ++i) {
      publish("t", std::to_string(i));
      std::this_thread::sleep_for(std::chrono::microseconds(200));  // a topic keeps so many only
    }
  });
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  TopicPosition start = position("t");
  for (int round = 0; round < 20;) {
    Heard live;
    const auto held = broadcast_->subscribe("t", live.receiver());  // and does not ask where the topic ends
    auto kept = try_replay("t", start);
    if (!kept) {  // this thread was held up for longer than the topic remembers, and is told so
      ASSERT_EQ(kept.error().code, "resync");
      ASSERT_LT(std::chrono::steady_clock::now(), until);
      start = position("t");
      continue;
    }
    ++round;
    std::vector<TopicMessage> all = std::move(*kept);
    const uint64_t seen = all.empty() ? start.n : all.back().at.n;
    const size_t replayed = all.size();
    while (all.size() < replayed + 3 && std::chrono::steady_clock::now() < until) {
      all.resize(replayed);
      for (const TopicMessage& m : live.wait_for(3)) {
        if (m.at.n > seen) all.push_back(m);
      }
    }
    ASSERT_GE(all.size(), replayed + 3);
    for (size_t i = 0; i < all.size(); ++i) {
      ASSERT_EQ(all[i].at.n, start.n + 1 + i) << "round " << round << ", " << replayed << " were replayed";
    }
    start = all.back().at;
  }
}

TEST_P(BroadcastContract, ManyMaySpeakAndListenAtOnce) {
  constexpr size_t kTopics = 8, kEach = 60;
  std::vector<Heard> heard(kTopics);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kTopics; ++t) {
    threads.emplace_back([&, t] {
      const std::string topic = "topic " + std::to_string(t);
      const auto held = listen(*broadcast_, topic, heard[t]);
      for (const std::string& body : numbers("", 0, kEach)) {
        publish(topic, body);
        Heard passing;
        const auto passes = broadcast_->subscribe("topic " + std::to_string((t + 1) % kTopics), passing.receiver());
      }
      EXPECT_EQ(bodies(heard[t].wait_for(kEach)), numbers("", 0, kEach));
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace gamekeeper::contract
