#include "insight/analytics/graphql_socket.h"

#include <gtest/gtest.h>

#include <deque>

#include "insight/analytics/testing/run.h"

namespace gamekeeper::analytics {
namespace {

using testing::run;

/// A peer that says its lines one after another, then waits until a deadline, then goes.
class ScriptedSocket final : public net::WebSocket {
 public:
  explicit ScriptedSocket(std::deque<std::string> lines, int waits = 0) : lines_(std::move(lines)), waits_(waits) {}

  Task<Result<std::string>> read(SteadyTime deadline) override {
    if (close_code != 0) co_return fail(ErrorKind::kUnavailable, "closed", "Closed.");
    if (!lines_.empty()) {
      std::string line = std::move(lines_.front());
      lines_.pop_front();
      co_return line;
    }
    if (waits_-- <= 0) co_return fail(ErrorKind::kUnavailable, "gone", "The peer has gone.");
    const SteadyTime soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    Timer timer(co_await asio::this_coro::executor, (std::min(deadline, soon) - std::chrono::steady_clock::now()));
    co_await timer.async_wait(use_task);
    co_return fail(ErrorKind::kTimeout, "timeout", "Nothing came.");
  }
  bool send(std::shared_ptr<const std::string> message) override {
    sent.push_back(*message);
    return true;
  }
  void close(uint16_t code, std::string_view) override {
    if (close_code == 0) close_code = code;
  }
  std::optional<size_t> queued() const override { return 0; }
  std::string_view subprotocol() const override { return protocol; }

  std::string_view protocol = "graphql-transport-ws";
  std::vector<std::string> sent;
  uint16_t close_code = 0;

 private:
  std::deque<std::string> lines_;
  int waits_;
};

/// Answers 1, 2, … at every step; done after `last`.
class Counting final : public LiveQuery {
 public:
  explicit Counting(int last) : last_(last) {}
  Task<Step> step(SteadyTime) override {
    ++n_;
    co_return Step{{std::to_string(n_)}, n_ == last_};
  }

 private:
  int n_ = 0, last_;
};

constexpr const char* kInit = R"({"type":"connection_init","payload":{"authorization":"Bearer good"}})";
std::string subscribe(std::string id, std::string query = "ok") {
  return R"({"id":")" + id + R"(","type":"subscribe","payload":{"query":")" + query + R"("}})";
}

Task<StartedQuery> start(graphql::Request params, int last) {
  StartedQuery started;
  if (params.query == "bad") {
    started.errors = R"([{"message":"bad"}])";
  } else {
    started.live = std::make_unique<Counting>(last);
  }
  co_return started;
}

SocketSources sources(int last = 1000) {
  return {.authenticate = [](std::string authorization, std::string) -> Task<Result<Principal>> {
            if (authorization == "Bearer good") co_return Principal{.app = "demo"};
            if (authorization == "Bearer weak") co_return fail(ErrorKind::kDenied, "denied", "No.");
            co_return fail(ErrorKind::kUnauthenticated, "unauthenticated", "No.");
          },
          .start = [last](Principal, graphql::Request params) { return start(std::move(params), last); }};
}

ScriptedSocket talk(std::deque<std::string> lines, int waits = 0, int last = 1000,
                    std::string_view protocol = "graphql-transport-ws") {
  ScriptedSocket socket(std::move(lines), waits);
  socket.protocol = protocol;
  const SocketOptions options{.init_deadline = std::chrono::milliseconds(20), .tick = std::chrono::milliseconds(1)};
  run(serve_graphql_socket(socket, sources(last), options));
  return socket;
}

TEST(GraphqlSocket, AnswersASubscriptionUntilItIsComplete) {
  const auto socket = talk({kInit, subscribe("a")}, 10, 3);
  EXPECT_EQ(socket.sent,
            (std::vector<std::string>{R"({"type":"connection_ack"})", R"({"id":"a","type":"next","payload":1})",
                                      R"({"id":"a","type":"next","payload":2})",
                                      R"({"id":"a","type":"next","payload":3})", R"({"id":"a","type":"complete"})"}));
}

TEST(GraphqlSocket, StopsWhenTheClientCompletes) {
  const auto socket = talk({kInit, subscribe("a"), R"({"id":"a","type":"complete"})"}, 1);
  EXPECT_EQ(socket.sent.size(), 2u);
  EXPECT_EQ(socket.close_code, 0);
}

TEST(GraphqlSocket, ClosesWithTheProtocolsCodes) {
  EXPECT_EQ(talk({"{"}).close_code, 4400);
  EXPECT_EQ(talk({R"({"type":"what"})"}).close_code, 4400);
  EXPECT_EQ(talk({kInit, R"({"type":"subscribe","payload":{"query":"a"}})"}).close_code, 4400);
  EXPECT_EQ(talk({kInit, R"({"id":"a","type":"subscribe","payload":{"query":7}})"}).close_code, 4400);
  EXPECT_EQ(talk({subscribe("a")}).close_code, 4401);
  EXPECT_EQ(talk({R"({"type":"connection_init"})"}).close_code, 4401);
  EXPECT_EQ(talk({R"({"type":"connection_init","payload":{"authorization":"Bearer weak"}})"}).close_code, 4403);
  EXPECT_EQ(talk({}, 1).close_code, 4408);
  EXPECT_EQ(talk({kInit, subscribe("a"), subscribe("a")}).close_code, 4409);
  EXPECT_EQ(talk({kInit, kInit}).close_code, 4429);
  EXPECT_EQ(talk({kInit}, 0, 1, "").close_code, 4406);
}

TEST(GraphqlSocket, RefusesABadQueryAndTheSeventeenth) {
  std::deque<std::string> lines{kInit, subscribe("bad", "bad")};
  for (int i = 0; i < 17; ++i) lines.push_back(subscribe(std::to_string(i)));
  const auto socket = talk(lines);
  EXPECT_EQ(socket.sent.at(1), R"({"id":"bad","type":"error","payload":[{"message":"bad"}]})");
  EXPECT_NE(socket.sent.back().find("too_many_subscriptions"), std::string::npos);
  EXPECT_EQ(socket.close_code, 0);
}

TEST(GraphqlSocket, AnswersPings) {
  const auto socket = talk({R"({"type":"ping"})", R"({"type":"ping","payload":{"n":1}})", R"({"type":"pong"})"});
  EXPECT_EQ(socket.sent, (std::vector<std::string>{R"({"type":"pong"})", R"({"type":"pong","payload":{"n":1}})"}));
}

}  // namespace
}  // namespace gamekeeper::analytics
