// The contracts of RankedSet, TicketPool and Cache on a real Redis.
#include "adapters/redis/redis_cache.h"
#include "adapters/redis/redis_ranked_set.h"
#include "adapters/redis/redis_ticket_pool.h"
#include "tests/contract/cache_contract.h"
#include "tests/contract/ranked_set_contract.h"
#include "tests/contract/ticket_pool_contract.h"
#include "tests/engines/redis/server.h"

namespace gamekeeper::contract {
namespace {

using adapters::RedisConnections;
using gamekeeper::test::RedisServer;

RedisServer& server() {
  static RedisServer one;
  return one;
}

std::unique_ptr<RedisConnections> connect(RedisServer& to) {
  auto made = RedisConnections::open({.url = to.url()});
  EXPECT_TRUE(made) << made.error().message;
  return made ? std::move(*made) : nullptr;
}

struct RedisRankedSetUnderTest final : RankedSetUnderTest {
  std::unique_ptr<RedisConnections> connections = connect(server());
  std::unique_ptr<ports::RankedSet> open() override {
    server().cli({"FLUSHALL"});
    return std::make_unique<adapters::RedisRankedSet>(*connections);
  }
};
INSTANTIATE_TEST_SUITE_P(Redis, RankedSetContract,
                         testing::Values(RankedSetFactory([] { return std::make_unique<RedisRankedSetUnderTest>(); })));

struct RedisTicketPoolUnderTest final : TicketPoolUnderTest {
  std::unique_ptr<RedisConnections> connections = connect(server());
  std::unique_ptr<ports::TicketPool> open() override {
    server().cli({"FLUSHALL"});
    return std::make_unique<adapters::RedisTicketPool>(*connections, "demo");
  }
};
INSTANTIATE_TEST_SUITE_P(Redis, TicketPoolContract, testing::Values(TicketPoolFactory([] {
                           return std::make_unique<RedisTicketPoolUnderTest>();
                         })));

struct RedisCacheUnderTest final : CacheUnderTest {
  std::unique_ptr<RedisConnections> connections = connect(server());
  std::unique_ptr<ports::Cache> open() override {
    server().cli({"FLUSHALL"});
    return std::make_unique<adapters::RedisCache>(*connections);
  }
};
INSTANTIATE_TEST_SUITE_P(Redis, CacheContract,
                         testing::Values(CacheFactory([] { return std::make_unique<RedisCacheUnderTest>(); })));

TEST(RedisTicketPool, ShowsItsQueuesUnderTheirKnownNames) {
  server().cli({"FLUSHALL"});
  auto connections = connect(server());
  adapters::RedisTicketPool pool(*connections, "demo");
  const ports::PooledTicket party{.id = "t", .players = {"ann", "bob"}, .rating = 1512.5, .since = 7};
  for (const ports::QueueId& queue : {ports::QueueId{"demo", "default"}, {"demo", "team"}, {"other", "default"}})
    ASSERT_TRUE(gamekeeper::test::run(pool.add(queue, party)));
  for (const char* key : {"queue:matchmaking", "queue:matchmaking:team", "other:queue:matchmaking"})
    EXPECT_EQ(server().cli({"ZRANGE", key, "0", "-1", "WITHSCORES"}), "ann\n1512.5\nbob\n1512.5") << key;
  const ports::PooledTicket alone{.id = "t", .players = {"ann"}, .rating = 1500, .since = 8};
  ASSERT_TRUE(gamekeeper::test::run(pool.add({"demo", "default"}, alone)));
  EXPECT_EQ(server().cli({"ZRANGE", "queue:matchmaking", "0", "-1", "WITHSCORES"}), "ann\n1500") << "bob has left";
  ASSERT_TRUE(gamekeeper::test::run(pool.claim({"demo", "default"}, {"t"}, 1)));
  EXPECT_EQ(server().cli({"EXISTS", "queue:matchmaking"}), "0");
}

TEST(RedisCache, ARecordIsAHashOfItsName) {
  auto connections = connect(server());
  adapters::RedisCache cache(*connections);
  ASSERT_TRUE(gamekeeper::test::run(cache.put("sessions:1", {{"status", "active"}}, std::chrono::hours(1))));
  EXPECT_EQ(server().cli({"HGETALL", "sessions:1"}), "status\nactive");
  EXPECT_GT(std::stoi(server().cli({"TTL", "sessions:1"})), 3000);
}

TEST(RedisRankedSet, SaysWhenItsMemoryMayHaveGone) {
  auto connections = connect(server());
  adapters::RedisRankedSet set(*connections);
  ASSERT_TRUE(gamekeeper::test::run(set.put({.id = "b"}, {{"ann", 5, 1}})));
  const std::string before = *gamekeeper::test::run(connections->generation());
  EXPECT_EQ(*gamekeeper::test::run(connect(server())->generation()), before) << "the same for every process";
  server().cli({"FLUSHALL"});
  EXPECT_NE(*gamekeeper::test::run(connections->generation()), before);
  EXPECT_EQ(*gamekeeper::test::run(set.count({.id = "b"})), 0u);
}

TEST(RedisRankedSet, LeavesNothingBehind) {
  server().cli({"FLUSHALL"});
  auto connections = connect(server());
  adapters::RedisRankedSet set(*connections);
  const std::string before = server().cli({"DBSIZE"});
  const ports::Board board{.id = "a {b} c%", .op = BoardOperator::kSum};
  ASSERT_TRUE(gamekeeper::test::run(set.put(board, {{"ann", 5, 1}, {"bob", 5, 1}, {"ann", -5, 2}})));
  EXPECT_EQ(server().cli({"HGETALL", "{board:a %7Bb%7D c%25}:counts"}).find("rules"), 0u);
  ASSERT_TRUE(gamekeeper::test::run(set.drop(board)));
  EXPECT_EQ(server().cli({"DBSIZE"}), before);
}

}  // namespace
}  // namespace gamekeeper::contract
