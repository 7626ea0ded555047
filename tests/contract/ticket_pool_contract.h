#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ports/ticket_pool.h"
#include "tests/support/run_task.h"

namespace gamekeeper::contract {

using ports::PooledTicket;
using ports::QueueId;
using ports::TicketPool;

struct TicketPoolUnderTest {
  virtual ~TicketPoolUnderTest() = default;
  virtual std::unique_ptr<TicketPool> open() = 0;  // empty
};
using TicketPoolFactory = std::function<std::unique_ptr<TicketPoolUnderTest>()>;

class TicketPoolContract : public testing::TestWithParam<TicketPoolFactory> {
 protected:
  void SetUp() override {
    storage_ = GetParam()();
    pool_ = storage_->open();
  }
  static PooledTicket ticket(std::string id, double rating = 1500, UnixMillis since = 0) {
    return {.id = id, .players = {"player of " + id}, .rating = rating, .since = since};
  }
  void add(PooledTicket wanted, const QueueId& queue = kDuel) {
    auto done = gamekeeper::test::run(pool_->add(queue, std::move(wanted)));
    ASSERT_TRUE(done) << done.error().message;
  }
  bool remove(const std::string& id, const QueueId& queue = kDuel) {
    auto was_there = gamekeeper::test::run(pool_->remove(queue, id));
    EXPECT_TRUE(was_there) << was_there.error().message;
    return was_there && *was_there;
  }
  Result<void> claim(std::vector<std::string> ids, ports::Fence fence = 1, const QueueId& queue = kDuel) {
    return gamekeeper::test::run(pool_->claim(queue, std::move(ids), fence));
  }
  std::vector<PooledTicket> snapshot(const QueueId& queue = kDuel) {
    auto got = gamekeeper::test::run(pool_->snapshot(queue));
    EXPECT_TRUE(got) << got.error().message;
    return got ? *got : std::vector<PooledTicket>();
  }
  /// "a b c", by rating
  std::string listed(const QueueId& queue = kDuel) {
    std::string text;
    for (const PooledTicket& t : snapshot(queue)) text += (text.empty() ? "" : " ") + t.id;
    return text;
  }
  Result<TicketPool::Place> place(const std::string& id, const QueueId& queue = kDuel) {
    return gamekeeper::test::run(pool_->place(queue, id));
  }
  std::vector<QueueId> queues() {
    auto got = gamekeeper::test::run(pool_->queues());
    EXPECT_TRUE(got) << got.error().message;
    std::vector<QueueId> out = got ? *got : std::vector<QueueId>();
    std::ranges::sort(out);
    return out;
  }

  inline static const QueueId kDuel{"demo", "duel"};
  std::unique_ptr<TicketPoolUnderTest> storage_;
  std::unique_ptr<TicketPool> pool_;
};

TEST_P(TicketPoolContract, GivesBackWhatWasPutInByRating) {
  const PooledTicket party{.id = "b",
                           .players = {"ann", "bob \"the\" \xC3\xA4", "c/d:e"},
                           .rating = 1480.123456789012,
                           .deviation = 77.00000000001,
                           .since = 1'800'000'000'123,
                           .rest = R"({"region":{"eu":20}})"};
  add(ticket("z", 1600));
  add(party);
  add(ticket("a", 1480.2));
  add(ticket("low", -3.5));
  ASSERT_EQ(listed(), "low b a z");
  EXPECT_EQ(snapshot()[1], party) << "every field, to the last bit";
}

TEST_P(TicketPoolContract, EqualRatingsStandByIdAsBytes) {
  for (const char* id : {"b", "B", "a", "10", "9", "\xC3\xA4"}) add(ticket(id));
  EXPECT_EQ(listed(), "10 9 B a b \xC3\xA4");
}

TEST_P(TicketPoolContract, ATicketAddedAgainTakesThePlaceOfTheFirst) {
  add(ticket("a", 1500, 10));
  add(ticket("b", 1510, 20));
  add(ticket("a", 1520, 30));
  EXPECT_EQ(listed(), "b a");
  EXPECT_EQ(place("a")->position, 1u);
  EXPECT_EQ(place("a")->size, 2u);
}

TEST_P(TicketPoolContract, SaysWhetherItWasThere) {
  add(ticket("a"));
  EXPECT_TRUE(remove("a"));
  EXPECT_FALSE(remove("a"));
  EXPECT_FALSE(remove("never"));
  EXPECT_EQ(listed(), "");
}

TEST_P(TicketPoolContract, QueuesAndAppsAreApart) {
  const QueueId team{"demo", "team"}, other{"other", "duel"}, odd{"demo", "duel:1/\xC3\xA4 {x}"};
  add(ticket("a"));
  add(ticket("b"), team);
  add(ticket("a"), other);
  add(ticket("c"), odd);
  EXPECT_EQ(listed(), "a");
  EXPECT_EQ(listed(other), "a");
  EXPECT_EQ(listed(odd), "c");
  EXPECT_EQ(queues(), (std::vector<QueueId>{kDuel, odd, team, other}));
  EXPECT_TRUE(remove("a", other));
  EXPECT_FALSE(remove("a", team));
  EXPECT_EQ(listed(), "a");
  ASSERT_TRUE(claim({"c"}, 7, odd));
  EXPECT_EQ(queues(), (std::vector<QueueId>{kDuel, team})) << "empty ones are none";
  EXPECT_TRUE(claim({"a"}, 6)) << "a fence is of its queue";
}

TEST_P(TicketPoolContract, AClaimTakesAllOrNone) {
  for (const char* id : {"a", "b", "c"}) add(ticket(id));
  EXPECT_EQ(claim({"a", "gone", "b"}).error().code, "claimed");
  EXPECT_EQ(claim({"a", "gone"}).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(listed(), "a b c");
  ASSERT_TRUE(claim({"c", "a"}));
  EXPECT_EQ(listed(), "b");
  EXPECT_EQ(claim({"b", "a"}).error().code, "claimed");
  EXPECT_EQ(listed(), "b");
  EXPECT_TRUE(claim({}));
}

TEST_P(TicketPoolContract, AnOlderFenceHasLost) {
  for (const char* id : {"a", "b", "c"}) add(ticket(id));
  ASSERT_TRUE(claim({"a"}, 5));
  auto late = claim({"b"}, 4);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(late.error().code, "fenced");
  EXPECT_EQ(listed(), "b c");
  EXPECT_EQ(claim({"gone"}, 6).error().code, "claimed") << "it took nothing, and is the newest all the same";
  EXPECT_EQ(claim({"b"}, 5).error().code, "fenced");
  ASSERT_TRUE(gamekeeper::test::run(pool_->clear(kDuel)));
  add(ticket("b"));
  EXPECT_EQ(claim({"b"}, 5).error().code, "fenced") << "also after the pool was filled anew";
  EXPECT_TRUE(claim({"b"}, 6));
}

TEST_P(TicketPoolContract, PlacesAreByTheTimeOfComing) {
  add(ticket("late", 1, 30));
  add(ticket("early", 9, -20));
  add(ticket("b", 5, 10));
  add(ticket("a", 7, 10));
  const std::vector<std::string> order{"early", "a", "b", "late"};
  for (size_t i = 0; i < order.size(); ++i) {
    auto at = place(order[i]);
    ASSERT_TRUE(at) << order[i];
    EXPECT_EQ(at->position, i) << order[i];
    EXPECT_EQ(at->size, 4u);
  }
  ASSERT_TRUE(claim({"early", "b"}));
  EXPECT_EQ(place("late")->position, 1u);
  EXPECT_EQ(place("late")->size, 2u);
  EXPECT_EQ(place("early").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(place("early").error().code, "not_queued");
}

TEST_P(TicketPoolContract, ClearForgetsOneQueue) {
  const QueueId team{"demo", "team"};
  add(ticket("a"));
  add(ticket("b"), team);
  ASSERT_TRUE(gamekeeper::test::run(pool_->clear(kDuel)));
  EXPECT_EQ(listed(), "");
  EXPECT_EQ(place("a").error().code, "not_queued");
  EXPECT_EQ(listed(team), "b");
  add(ticket("a"));
  EXPECT_EQ(place("a")->size, 1u);
}

TEST_P(TicketPoolContract, AQueueNeverUsedIsEmpty) {
  EXPECT_TRUE(queues().empty());
  EXPECT_TRUE(snapshot().empty());
  EXPECT_EQ(claim({"a"}).error().code, "claimed");
  EXPECT_TRUE(gamekeeper::test::run(pool_->clear(kDuel)));
  EXPECT_TRUE(queues().empty());
}

TEST_P(TicketPoolContract, AgreesWithAPlainListOverARandomLife) {
  std::map<std::string, PooledTicket> model;
  std::mt19937_64 chance(4);
  for (int step = 0; step < 300; ++step) {
    const std::string id = "t" + std::to_string(chance() % 40);
    switch (chance() % 4) {
      case 0:
        ASSERT_EQ(remove(id), model.erase(id) == 1);
        break;
      case 1: {
        const std::string second = "t" + std::to_string(chance() % 40);
        const bool both = second != id && model.contains(id) && model.contains(second);
        if (second != id) {
          ASSERT_EQ(claim({id, second}).has_value(), both);
        }
        if (both) model.erase(id), model.erase(second);
        break;
      }
      default: {
        PooledTicket made = ticket(id, 1400 + static_cast<double>(chance() % 20) / 4, static_cast<int>(chance() % 9));
        add(made);
        model[id] = made;
      }
    }
    if (step % 10 != 0) continue;
    std::vector<PooledTicket> expected;
    for (const auto& [key, kept] : model) expected.push_back(kept);
    std::ranges::stable_sort(expected, {}, &PooledTicket::rating);
    ASSERT_EQ(snapshot(), expected);
    std::ranges::sort(expected, {}, [](const PooledTicket& t) { return std::pair(t.since, t.id); });
    for (size_t i = 0; i < expected.size(); i += 7) {
      auto at = place(expected[i].id);
      ASSERT_TRUE(at);
      ASSERT_EQ(at->position, i);
      ASSERT_EQ(at->size, expected.size());
    }
  }
}

TEST_P(TicketPoolContract, WhatIsClaimedByManyIsClaimedOnce) {
  constexpr int kTickets = 60;
  for (int i = 0; i < kTickets; ++i) add(ticket("t" + std::to_string(i), i));
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> won(4);
  for (size_t t = 0; t < won.size(); ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 chance(t);
      for (int i = 0; i < 150; ++i) {
        const std::string a = "t" + std::to_string(chance() % kTickets), b = "t" + std::to_string(chance() % kTickets);
        if (a == b) continue;
        auto got = gamekeeper::test::run(pool_->claim(kDuel, {a, b}, 1));
        if (got) won[t].insert(won[t].end(), {a, b});
        EXPECT_TRUE(got || got.error().code == "claimed");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<std::string> all;
  for (const auto& mine : won) all.insert(all.end(), mine.begin(), mine.end());
  for (const PooledTicket& left : snapshot()) all.push_back(left.id);
  EXPECT_EQ(all.size(), static_cast<size_t>(kTickets));
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
}

}  // namespace gamekeeper::contract
