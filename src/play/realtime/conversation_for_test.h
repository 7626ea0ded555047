#pragma once

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

namespace gamekeeper::play::testing {

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

inline std::string hello(const std::string& token = "p1") {
  return R"({"id":"0","type":"authenticate","data":{"token":")" + token + "\"}}";
}
inline std::string subscribe(const std::string& topic) { return R"({"type":"subscribe","topic":")" + topic + "\"}"; }
inline std::string resume(const std::string& topic, const std::string& seq) {
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

inline Task<bool> until(std::function<bool()> holds) {
  const auto give_up = steady_clock::now() + std::chrono::seconds(20);
  while (!holds() && steady_clock::now() < give_up) co_await sleep_for(milliseconds(1));
  EXPECT_TRUE(holds());
  co_return holds();
}

inline std::vector<int64_t> news(const Client& client) {
  std::vector<int64_t> out;
  for (const json::object& o : client.heard) {
    if (o.at("type") == "news") out.push_back(o.at("data").at("n").as_int64());
  }
  return out;
}
inline std::vector<std::string> types(const Client& client) {
  std::vector<std::string> out;
  for (const json::object& o : client.heard) out.emplace_back(o.at("type").as_string());
  return out;
}
inline std::vector<int64_t> numbers(int64_t from, int64_t to) {
  std::vector<int64_t> out;
  for (; from < to; ++from) out.push_back(from);
  return out;
}

}  // namespace gamekeeper::play::testing
