#include "play/realtime/conversation_for_test.h"

namespace gamekeeper::play {
namespace {

using namespace testing;  // conversation_for_test.h

TEST(Conversation, EndsWithItsCredentials) {
  House house;
  Client revoked, expired, silent;
  revoked.lines = {hello()};
  talk(house, revoked, [&]() -> Task<void> {
    co_await until([&] { return revoked.heard.size() == 1; });
    house.ended["p1"] = true;
    ++house.revision;
    co_await until([&] { return revoked.close_code != 0; });
  });
  EXPECT_EQ(revoked.close_code, 4401);
  house.ended.clear();
  house.expires = SystemClock().now_ms() + 600;
  expired.lines = {hello()};
  talk(house, expired, [&]() -> Task<void> { co_await until([&] { return expired.close_code != 0; }); });
  EXPECT_EQ(expired.close_code, 4401);
  EXPECT_EQ(types(expired), (std::vector<std::string>{"authenticated", "token_expiring"}));
  talk(house, silent, [&]() -> Task<void> { co_await until([&] { return silent.close_code != 0; }); });
  EXPECT_EQ(silent.close_code, 4401);
}

TEST(Conversation, AFreshTokenOfTheSamePlayerExtendsItsLife) {
  House house;
  Client client, other;
  house.expires = SystemClock().now_ms() + 600;
  client.lines = {hello()};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() >= 2; });  // the warning, too
    house.expires = SystemClock().now_ms() + 900'000;
    client.lines.push_back(hello("p1 again"));
    co_await sleep_for(milliseconds(1200));
  });
  EXPECT_EQ(client.close_code, 0);
  other.lines = {hello("p1"), hello("p2")};
  talk(house, other, [&]() -> Task<void> { co_await until([&] { return other.close_code != 0; }); });
  EXPECT_EQ(other.close_code, 4401);
}

TEST(Conversation, HasLimits) {
  House house({.topics_max = 2, .frames_per_second = 1, .frames_at_once = 6, .limits = {.sockets_per_player = 1}});
  Client client, second;
  client.lines = {hello(), subscribe("queue"), subscribe("ratings"), subscribe("notifications"),
                  subscribe("session:broken")};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 5; });
    asio::co_spawn(co_await asio::this_coro::executor, house.realtime.serve(second), asio::detached);
    second.lines = {hello()};
    co_await until([&] { return second.close_code != 0; });
    for (int n = 0; n < 8; ++n) client.lines.push_back(R"({"type":"ping"})");
    co_await until([&] { return client.close_code != 0; });
  });
  EXPECT_EQ(second.close_code, 4429);
  EXPECT_EQ(client.close_code, 1008);
  EXPECT_EQ(client.heard.at(3).at("data").at("code"), "too_many_topics");
}

TEST(Conversation, TellsWhenTheStoreDoesNotAnswer) {
  House house;
  Client client;
  client.lines = {hello(), subscribe("session:broken"), subscribe("session:p1")};
  talk(house, client, [&]() -> Task<void> { co_await until([&] { return client.heard.size() == 3; }); });
  EXPECT_EQ(client.heard.at(1).at("data").at("code"), "unavailable");
  EXPECT_EQ(json::serialize(client.heard.at(1)).find("/dev"), std::string::npos);
  EXPECT_EQ(client.heard.at(2).at("type"), "subscribed");
}

TEST(Conversation, ATopicWhosePlaceIsNotToldIsNotListenedTo) {
  House house;
  house.broadcast.fails = true;
  Client client;
  client.lines = {hello(), subscribe("queue")};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 2; });
    co_await house.say(flow::player_topic("demo", "p1", "queue"), 1);
    house.broadcast.fails = false;
    client.lines.push_back(subscribe("queue"));
    co_await until([&] { return types(client).back() == "subscribed"; });
    co_await house.say(flow::player_topic("demo", "p1", "queue"), 2);
    co_await until([&] { return !news(client).empty() && news(client).back() == 2; });
  });
  EXPECT_EQ(types(client), (std::vector<std::string>{"authenticated", "error", "subscribed", "news"}));
}

TEST(Conversation, ClosesWhoMissedSomethingWhileTheirPlaceWasLookedUp) {
  House house;
  house.broadcast.holds_back = true;
  Client client;
  client.lines = {hello(), subscribe("queue")};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 1 && client.lines.empty(); });
    for (int n = 0; n < 300; ++n) {  // more than waits
      co_await house.say(flow::player_topic("demo", "p1", "queue"), n);
      if (n % 20 == 0) co_await sleep_for(milliseconds(5));
    }
    co_await until([&] { return client.close_code != 0; });
    house.broadcast.holds_back = false;
  });
  EXPECT_EQ(client.close_code, 1013);
}

TEST(Conversation, SaysResyncUnaskedWhenTheMemoryIsAnother) {
  House house;
  Client client;
  client.lines = {hello(), subscribe("queue")};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 2; });
    co_await house.say(flow::player_topic("demo", "p1", "queue"), 1);
    co_await until([&] { return news(client).size() == 1; });
    house.broadcast.epoch = "another";
    for (int n : {2, 3}) co_await house.say(flow::player_topic("demo", "p1", "queue"), n);
    co_await until([&] { return news(client).size() == 3; });
  });
  EXPECT_EQ(types(client), (std::vector<std::string>{"authenticated", "subscribed", "news", "resync", "news", "news"}));
}

TEST(Conversation, WarnsOfTheEndOfEveryToken) {
  House house;
  Client client;
  house.expires = SystemClock().now_ms() + 30'000;
  client.lines = {hello()};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 2; });
    client.lines.push_back(hello("p1 again"));
    co_await until([&] { return client.heard.size() == 4; });
  });
  EXPECT_EQ(types(client),
            (std::vector<std::string>{"authenticated", "token_expiring", "authenticated", "token_expiring"}));
}

TEST(Conversation, SaysOnceWhoIsThere) {
  House house;
  Client client, stranger;
  client.lines = {hello(), hello(), subscribe("friends")};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 3; });
    EXPECT_EQ(house.arrived, 1);
    EXPECT_EQ(house.left, 0);
  });
  EXPECT_EQ(house.left, 1);
  stranger.lines = {hello("x")};
  talk(house, stranger, [&]() -> Task<void> { co_await until([&] { return stranger.close_code != 0; }); });
  EXPECT_EQ(house.arrived, 1);
  EXPECT_EQ(house.left, 1);
}

TEST(Lane, WhoLeavesATopicLeavesItToTheOthers) {
  House house;
  Client leaves, stays;
  for (Client* each : {&leaves, &stays}) each->lines = {hello(), subscribe("session:p1")};
  asio::io_context io{1};
  for (Client* each : {&leaves, &stays}) asio::co_spawn(io.get_executor(), house.realtime.serve(*each), asio::detached);
  auto script = [&]() -> Task<void> {
    co_await until([&] { return leaves.heard.size() == 2 && stays.heard.size() == 2; });
    leaves.lines.push_back(R"({"type":"unsubscribe","topic":"session:p1"})");
    co_await until([&] { return leaves.heard.size() == 3; });
    co_await house.say(flow::session_topic("demo", "p1"), 7);
    co_await until([&] { return news(stays).size() == 1; });
    leaves.gone = stays.gone = true;
  };
  asio::co_spawn(io.get_executor(), script(), asio::detached);
  io.run();
  EXPECT_EQ(news(stays), std::vector<int64_t>{7});
  EXPECT_TRUE(news(leaves).empty());
}

TEST(Lane, AnInboxThatOverflowsClosesWhoMissedSomething) {
  House house({.lanes = {.tick = milliseconds(50), .inbox_max = 10}});
  Client client;
  client.lines = {hello(), subscribe("queue")};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 2; });
    for (int n = 0; n < 100; ++n) co_await house.say(flow::player_topic("demo", "p1", "queue"), n);
    co_await until([&] { return client.close_code != 0; });
  });
  EXPECT_EQ(client.close_code, 1013);
  EXPECT_LE(news(client).size(), 11u);
}

TEST(Hub, ThreadsShareOneSubscriptionOfATopic) {
  House house;
  std::vector<std::thread> threads;
  std::atomic<size_t> ready = 0;
  constexpr size_t kThreads = 4;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Client client;
      client.lines = {hello("p" + std::to_string(t)), subscribe("leaderboard:b")};
      talk(house, client, [&]() -> Task<void> {
        co_await until([&] { return client.heard.size() == 2; });
        ++ready;
        co_await until([&] { return ready == kThreads; });
        for (int n = 0; n < 100; ++n) co_await house.say(flow::board_topic("demo", "b"), n);
        co_await until([&] { return news(client).size() == 100 * kThreads; });
        ++ready;
        co_await until([&] { return ready == 2 * kThreads; });
      });
      EXPECT_EQ(news(client).size(), 100 * kThreads);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace gamekeeper::play
