#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "base/log.h"
#include "base/metrics.h"
#include "net/raw_client_for_test.h"
#include "net/server.h"
#include "net/web_socket.h"

namespace gamekeeper::net::test {

inline constexpr RoutePolicy kAnyone{.anonymous = true, .needs_app = false};

/// Admits all but those who send "Authorization: none"; counts what it is asked.
class TestGuard final : public Guard {
 public:
  Task<Result<Principal>> admit(const Request& head, const RoutePolicy&) override {
    ++admitted;
    if (head.header("authorization") == "none") {
      co_return fail(ErrorKind::kUnauthenticated, "bad_credentials", "Who are you?");
    }
    if (head.header("authorization") == "throw") throw std::runtime_error("guard broke");
    if (head.header("authorization") == "fast") {
      auto error = fail(ErrorKind::kRateLimited, "rate_limited", "Too fast.", "", "10");
      error.error().retry_after = std::chrono::milliseconds(1500);
      co_return error;
    }
    co_return Principal{.subject = "tester"};
  }
  Task<Result<Replay>> begin(const Request& request, const Principal&, const RoutePolicy&) override {
    Replay replay{.ticket = "ticket"};
    if (request.header("idempotency-key") == "known") {
      replay.replayed = true;
      replay.response = json(R"("replayed")");
    }
    co_return replay;
  }
  Task<void> finish(const Request&, const Principal&, const RoutePolicy&, std::string ticket,
                    const Response& response) override {
    finished += ticket == "ticket";
    last_status = response.status;
    co_return;
  }

  std::atomic<int> admitted{0}, finished{0}, last_status{0};
};

inline Task<Result<Response>> say_ok(const Request&, const Principal&) { co_return json(R"({"status":"ok"})"); }
inline Task<Result<Response>> say_body(const Request& request, const Principal&) {
  co_return Response{.body = std::string(request.body), .content_type = "text/plain"};
}
inline Task<Result<Response>> say_size(const Request& request, const Principal&) {
  const bool padded = request.body_capacity >= request.body.size() + 64;
  co_return json(std::to_string(request.body.size()) + (padded ? "" : " unpadded"));
}
inline Task<Result<Response>> say_param(const Request& request, const Principal&) {
  co_return json(std::string(request.param("id")) + "|" + request.query_param("q", "none"));
}
inline Task<Result<Response>> say_slowly(const Request&, const Principal&) {
  co_await sleep_for(std::chrono::milliseconds(300));
  co_return json(R"("late")");
}
inline Task<Result<Response>> say_long(const Request&, const Principal&) {
  co_return json(std::string(20'000'000, 'x'));
}
inline Task<Result<Response>> say_text(const Request&, const Principal&) {
  co_return Response{.body = std::string(5000, 'a'), .content_type = "text/html"};
}
inline Task<Result<Response>> break_down(const Request&, const Principal&) {
  throw std::runtime_error("secret reason");
  co_return json("");
}
inline Task<Result<Response>> refuse(const Request&, const Principal&) {
  co_return fail(ErrorKind::kInvalid, "bad_thing", "The \"thing\" is bad.", "thing", "10");
}
inline Task<Result<Response>> split_head(const Request&, const Principal&) {
  Response response = json("{}");
  response.headers.emplace_back("X-Bad", "a\r\nInjected: yes");
  co_return response;
}
inline Task<Result<Response>> say_page(const Request&, const Principal&) {
  co_return Response{.body = "<html>", .content_type = "text/html"};
}

/// Says back what it hears; "flood" makes it send faster than anyone reads, "forty" forty long messages, "bye" close with 4000.
inline Task<void> echo_socket(WebSocket& socket, const SocketRequest&) {
  for (;;) {
    auto message = co_await socket.read(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    if (!message) co_return;
    if (*message == "bye") socket.close(4000, "bye");
    if (*message == "throw") throw std::runtime_error("socket broke");
    if (*message == "late") {
      auto late = co_await socket.read(std::chrono::steady_clock::now() + std::chrono::milliseconds(200));
      socket.send(late ? "?" : late.error().code);
      continue;
    }
    if (*message == "forty") {
      const auto big = std::make_shared<const std::string>(64 * 1024, 'f');
      for (int i = 0; i < 40; ++i) socket.send(big);
      continue;
    }
    if (*message == "flood") {
      const auto big = std::make_shared<const std::string>(64 * 1024, 'f');
      while (socket.send(big)) {
      }
      continue;
    }
    socket.send(std::move(*message));
  }
}

/// A server on a free port with the routes above.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.port = 0;
    options_.threads = 1;
    options_.log_requests = false;
    options_.metrics = &metrics_;
    options_.body_bytes_max = 1 << 20;
    RoutePolicy replayable = kAnyone;
    replayable.idempotent = true;
    router_.add(Method::kGet, "/health", kAnyone, "", say_ok);
    router_.add(Method::kPost, "/echo", kAnyone, "", say_body);
    router_.add(Method::kPost, "/size", kAnyone, "", say_size);
    router_.add(Method::kGet, "/things/{id}", kAnyone, "", say_param);
    router_.add(Method::kGet, "/slow", kAnyone, "", say_slowly);
    router_.add(Method::kGet, "/long", kAnyone, "", say_long);
    router_.add(Method::kGet, "/text", kAnyone, "", say_text);
    router_.add(Method::kGet, "/broken", kAnyone, "", break_down);
    router_.add(Method::kGet, "/refused", kAnyone, "", refuse);
    router_.add(Method::kGet, "/split", kAnyone, "", split_head);
    router_.add(Method::kPost, "/once", replayable, "", say_body);
    router_.add(Method::kPost, "/once/broken", replayable, "", break_down);
    router_.add_socket("/ws", kAnyone, "", echo_socket);
    router_.set_fallback(say_page);
  }

  void start() {
    server_ = std::make_unique<Server>(options_, router_, guard_);
    log::set_level(log::Level::kError);
    auto started = server_->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  uint16_t port() const { return server_->port(); }
  RawResponse ask(std::string_view bytes) { return RawClient(port()).ask(bytes); }

  Metrics metrics_;
  Router router_;
  TestGuard guard_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

}  // namespace gamekeeper::net::test
