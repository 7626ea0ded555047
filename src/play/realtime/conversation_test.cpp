#include "play/realtime/conversation_for_test.h"

namespace gamekeeper::play {
namespace {

using namespace testing;  // conversation_for_test.h

TEST(Conversation, HearsWhatItListensTo) {
  House house;
  Client client;
  client.lines = {hello(), subscribe("session:p1"), subscribe("queue")};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 3; });
    for (int n = 0; n < 500; ++n) {
      co_await house.say(flow::session_topic("demo", "p1"), n);
      co_await house.say(flow::session_topic("demo", "p1x"), -1);
      co_await house.say(flow::session_topic("other", "p1"), -1);
    }
    co_await house.say(flow::player_topic("demo", "p1", "queue"), 500);
    co_await until([&] { return news(client).size() >= 501; });
  });
  EXPECT_EQ(news(client), numbers(0, 501));
  EXPECT_EQ(client.heard.back().at("topic"), "queue");
  EXPECT_EQ(client.close_code, 0);
}

TEST(Conversation, ForgetsATopicItLeaves) {
  House house;
  Client client;
  client.lines = {hello(), subscribe("queue"), R"({"type":"unsubscribe","topic":"queue"})"};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 3; });
    co_await house.say(flow::player_topic("demo", "p1", "queue"), 1);
    client.lines.push_back(R"({"type":"ping","id":"end"})");
    co_await until([&] { return types(client).back() == "pong"; });
    EXPECT_EQ(test::topics_of(*house.broadcast_kept), 1u) << "which has a message and no listener";
  });
  EXPECT_EQ(types(client), (std::vector<std::string>{"authenticated", "subscribed", "unsubscribed", "pong"}));
  EXPECT_EQ(client.heard.back().at("id"), "end");
}

TEST(Conversation, ResumesWithoutGapOrRepeat) {
  House house;
  const std::string topic = flow::session_topic("demo", "p1");
  std::string seq;
  {
    Client first;
    first.lines = {hello(), subscribe("session:p1")};
    talk(house, first, [&]() -> Task<void> {
      co_await until([&] { return first.heard.size() == 2; });
      for (int n = 0; n < 10; ++n) co_await house.say(topic, n);
      co_await until([&] { return news(first).size() == 10; });
    });
    seq = std::string(first.heard.at(5).at("seq").as_string());  // of number 3
  }
  for (int n = 10; n < 90; ++n) test::run(house.say(topic, n));
  Client second;
  second.lines = {hello(), resume("session:p1", seq)};
  talk(house, second, [&]() -> Task<void> {
    for (int n = 90; n < 200; ++n) {
      co_await house.say(topic, n);
      if (n % 10 == 0) co_await sleep_for(milliseconds(1));
    }
    co_await until([&] { return !news(second).empty() && news(second).back() == 199; });
  });
  EXPECT_EQ(news(second), numbers(4, 200));
  EXPECT_EQ(second.heard.at(1).at("seq").as_string(), seq);
}

TEST(Conversation, AResumeWaitsForASlowNetworkAndDropsNothing) {
  House house;
  const std::string topic = flow::session_topic("demo", "p1");
  const auto start = test::run(house.broadcast.position(topic));
  for (int n = 0; n < 120; ++n) test::run(house.say(topic, n));
  Client client(64);
  client.taken = 0;
  client.lines = {hello(), resume("session:p1", ports::to_text(*start))};
  talk(house, client, [&]() -> Task<void> {
    for (int n = 120; n < 150; ++n) {  // more than its queue would hold at once
      co_await house.say(topic, n);
      client.taken = std::max(client.taken, client.heard.size());
      co_await sleep_for(milliseconds(2));
    }
    co_await until([&] {
      client.taken = client.heard.size();
      return !news(client).empty() && news(client).back() == 149;
    });
  });
  EXPECT_EQ(client.close_code, 0);
  EXPECT_EQ(news(client), numbers(0, 150));
}

TEST(Conversation, SaysResyncWhenSomethingIsGone) {
  House house;
  const std::string topic = flow::session_topic("demo", "p1");
  for (int n = 0; n < 200; ++n) test::run(house.say(topic, n));
  const auto now = test::run(house.broadcast.position(topic));
  for (const std::string& seq :
       {ports::to_text({now->epoch, 3}), std::string("another.3"), ports::to_text({now->epoch, 999})}) {
    Client client;
    client.lines = {hello(), resume("session:p1", seq)};
    talk(house, client, [&]() -> Task<void> {
      co_await until([&] { return client.heard.size() == 2; });
      co_await house.say(topic, 1000);
      co_await until([&] { return client.heard.size() == 3; });
    });
    EXPECT_EQ(types(client), (std::vector<std::string>{"authenticated", "resync", "news"}));
  }
}

TEST(Conversation, SubscribingAgainLosesNothing) {
  House house({.lanes = {.tick = milliseconds(50)}});
  Client client;
  client.lines = {hello(), subscribe("session:p1")};
  talk(house, client, [&]() -> Task<void> {
    co_await until([&] { return client.heard.size() == 2; });
    co_await house.say(flow::session_topic("demo", "p1"), 0);
    co_await until([&] { return news(client).size() == 1; });
    for (int n : {1, 2}) co_await house.say(flow::session_topic("demo", "p1"), n);  // these wait for the lane's tick
    client.lines.push_back(subscribe("session:p1"));
    co_await until([&] { return news(client).size() == 3; });
  });
  EXPECT_EQ(types(client),
            (std::vector<std::string>{"authenticated", "subscribed", "news", "subscribed", "news", "news"}));
  EXPECT_EQ(client.heard.at(3).at("seq"), client.heard.at(2).at("seq")) << "it stands where it was";
}

TEST(Conversation, ManySocketsOfATopicGetOneText) {
  House house;
  constexpr size_t kSockets = 50;
  std::vector<std::unique_ptr<Client>> clients;
  asio::io_context io{1};
  for (size_t i = 0; i < kSockets; ++i) {
    clients.push_back(std::make_unique<Client>());
    clients.back()->lines = {hello("p" + std::to_string(i % 10)), subscribe("leaderboard:b")};
    asio::co_spawn(io.get_executor(), house.realtime.serve(*clients.back()), asio::detached);
  }
  auto script = [&]() -> Task<void> {
    co_await until([&] { return std::ranges::all_of(clients, [](const auto& c) { return c->heard.size() == 2; }); });
    for (int n = 0; n < 100; ++n) co_await house.say(flow::board_topic("demo", "b"), n);
    co_await until([&] { return std::ranges::all_of(clients, [](const auto& c) { return c->heard.size() == 102; }); });
    for (auto& c : clients) c->gone = true;
  };
  asio::co_spawn(io.get_executor(), script(), asio::detached);
  io.run();
  for (auto& c : clients) EXPECT_EQ(news(*c), numbers(0, 100));
  EXPECT_NE(house.metrics.expose().find("gamekeeper_realtime_deliveries_total 5000"), std::string::npos);
  EXPECT_NE(house.metrics.expose().find("gamekeeper_realtime_sockets 0"), std::string::npos);
}

}  // namespace
}  // namespace gamekeeper::play
