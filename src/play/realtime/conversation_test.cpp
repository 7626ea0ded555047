#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <boost/json.hpp>
#include <map>
#include <thread>

#include "flow/push.h"
#include "play/realtime/realtime.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A client in this process: says its lines, each once the test lets it, and keeps what it hears.
class Client final : public net::WebSocket {
 public:
  explicit Client(size_t queue_max = SIZE_MAX) : queue_max_(queue_max) {}

  Task<Result<std::string>> read(steady_clock::time_point deadline) override {
    for (;;) {
      if (close_code != 0) co_return fail(ErrorKind::kUnavailable, "closed", "Closed.");
      if (!lines.empty()) {
        std::string line = std::move(lines.front());
        lines.pop_front();
        co_return line;
      }
      if (gone) co_return fail(ErrorKind::kUnavailable, "closed", "The peer has gone.");
      if (steady_clock::now() > deadline) co_return fail(ErrorKind::kTimeout, "read_timeout", "Nothing came.");
      co_await sleep_for(milliseconds(1));
    }
  }
  bool send(std::shared_ptr<const std::string> message) override {
    if (close_code != 0) return false;
    if (heard.size() - taken >= queue_max_) {
      close(1013, "too slow");
      return false;
    }
    heard.push_back(json::parse(*message).as_object());
    return true;
  }
  void close(uint16_t code, std::string_view) override {
    if (close_code == 0) close_code = code;
  }
  std::optional<size_t> queued() const override {
    return close_code != 0 ? std::nullopt : std::optional(heard.size() - std::min(taken, heard.size()));
  }
  std::string_view subprotocol() const override { return {}; }

  std::deque<std::string> lines;
  std::vector<json::object> heard;
  size_t taken = SIZE_MAX / 2;  // of what was sent, by the network; small: it stalls
  uint16_t close_code = 0;
  bool gone = false;

 private:
  const size_t queue_max_;
};

/// Hands on what is said; tells where a topic stands when the test lets it.
class TestedBroadcast final : public ports::Broadcast {
 public:
  explicit TestedBroadcast(ports::Broadcast& broadcast) : broadcast_(broadcast) {}
  bool holds_back = false, fails = false;
  std::string epoch;  // another memory than the one below, when it is set

  Task<Result<ports::TopicPosition>> publish(std::string topic, std::string body) override {
    return broadcast_.publish(std::move(topic), std::move(body));
  }
  Task<Result<ports::TopicPosition>> position(std::string topic) override {
    while (holds_back) co_await sleep_for(milliseconds(1));
    if (fails) co_return fail(ErrorKind::kUnavailable, "unavailable", "No answer.");
    co_return co_await broadcast_.position(std::move(topic));
  }
  Task<Result<std::vector<ports::TopicMessage>>> replay(std::string topic, ports::TopicPosition after) override {
    return broadcast_.replay(std::move(topic), std::move(after));
  }
  std::unique_ptr<Subscription> subscribe(std::string topic, Receiver receiver) override {
    return broadcast_.subscribe(std::move(topic), [this, receiver](const ports::TopicMessage& message) {
      ports::TopicMessage told = message;
      if (!epoch.empty()) told.at.epoch = epoch;
      receiver(told);
    });
  }

 private:
  ports::Broadcast& broadcast_;
};

struct House {
  explicit House(RealtimeOptions options = {})
      : realtime(broadcast, clock, sources(), quick(std::move(options)), metrics) {}

  static RealtimeOptions quick(RealtimeOptions options) {
    options.authenticate_within = milliseconds(30);
    return options;
  }
  RealtimeSources sources() {
    return {
        .authenticate = [this](const std::string& token) -> Result<Principal> {
          if (ended.contains(token) || !token.starts_with("p"))
            return fail(ErrorKind::kUnauthenticated, "unauthenticated", "No.");
          Principal who{.app = "demo", .kind = PrincipalKind::kPlayer, .subject = token.substr(0, 2)};
          who.expires = std::chrono::system_clock::time_point(milliseconds(expires));
          return who;
        },
        .is_good = [this](const std::string& token) { return !ended.contains(token); },
        .revision = [this] { return revision.load(); },
        .may_hear_session = [](Principal who, std::string id) { return may_hear(std::move(who), std::move(id)); },
        .may_hear_board = [](std::string, std::string board) { return may_hear({.subject = "b"}, std::move(board)); },
        .arrived = [this](const Principal&) { ++arrived; },
        .left = [this](const Principal&) { ++left; }};
  }
  static Task<Result<void>> may_hear(Principal who, std::string id) {
    if (id.starts_with(who.subject)) co_return Result<void>{};
    if (id == "broken") co_return fail(ErrorKind::kUnavailable, "unavailable", "The disk is /dev/sda.");
    co_return fail(ErrorKind::kNotFound, "not_found", "None.");
  }
  Task<void> say(std::string topic, int n) { return flow::push(broadcast, std::move(topic), "news", {{"n", n}}); }

  SystemClock clock;
  Metrics metrics;
  std::map<std::string, bool> ended;
  UnixMillis expires = SystemClock().now_ms() + 900'000;
  std::atomic<uint64_t> revision = 0;
  std::atomic<int> arrived = 0, left = 0;
  std::unique_ptr<ports::Broadcast> broadcast_kept = test::make_broadcast();
  TestedBroadcast broadcast{*broadcast_kept};
  Realtime realtime;
};

std::string hello(const std::string& token = "p1") {
  return R"({"id":"0","type":"authenticate","data":{"token":")" + token + "\"}}";
}
std::string subscribe(const std::string& topic) { return R"({"type":"subscribe","topic":")" + topic + "\"}"; }
std::string resume(const std::string& topic, const std::string& seq) {
  return R"({"type":"resume","data":{"topics":{")" + topic + "\":\"" + seq + "\"}}}";
}

/// Lets the client and what the test does go on together until both have ended.
template <class Script>
void talk(House& house, Client& client, Script script) {
  asio::io_context io{1};
  std::exception_ptr failure;
  asio::co_spawn(io.get_executor(), house.realtime.serve(client), [&](std::exception_ptr e) { failure = e; });
  asio::co_spawn(io.get_executor(), script(), [&](std::exception_ptr e) {
    client.gone = true;
    if (e) failure = e;
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

Task<bool> until(std::function<bool()> holds) {
  const auto give_up = steady_clock::now() + std::chrono::seconds(20);
  while (!holds() && steady_clock::now() < give_up) co_await sleep_for(milliseconds(1));
  EXPECT_TRUE(holds());
  co_return holds();
}

std::vector<int64_t> news(const Client& client) {
  std::vector<int64_t> out;
  for (const json::object& o : client.heard) {
    if (o.at("type") == "news") out.push_back(o.at("data").at("n").as_int64());
  }
  return out;
}
std::vector<std::string> types(const Client& client) {
  std::vector<std::string> out;
  for (const json::object& o : client.heard) out.emplace_back(o.at("type").as_string());
  return out;
}
std::vector<int64_t> numbers(int64_t from, int64_t to) {
  std::vector<int64_t> out;
  for (; from < to; ++from) out.push_back(from);
  return out;
}

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
