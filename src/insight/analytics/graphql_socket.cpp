#include "insight/analytics/graphql_socket.h"

#include <boost/json.hpp>
#include <map>

namespace gamekeeper::analytics {
namespace {

namespace json = boost::json;
using std::chrono::steady_clock;

constexpr size_t kIdBytesMax = 256;

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::string in_quotes(std::string_view text) { return json::serialize(json::string(text)); }

/// The state of one connection. Lives in the frame of serve_graphql_socket.
class Session {
 public:
  Session(net::WebSocket& socket, SocketSources sources, SocketOptions options)
      : socket_(socket), sources_(std::move(sources)), options_(options) {}

  Task<void> run() {
    const SteadyTime init_deadline = steady_clock::now() + options_.init_deadline;
    SteadyTime next_tick = steady_clock::now() + options_.tick;
    while (!closed_) {
      const SteadyTime next_check = checked_at_ + options_.recheck;
      auto message = co_await socket_.read(!ready_ ? init_deadline : live_.empty() ? next_check : next_tick);
      if (message) {
        co_await handle(*message);
      } else if (message.error().kind != ErrorKind::kTimeout) {
        co_return;
      } else if (!ready_) {
        close(4408, "Connection initialisation timeout");
      }
      const SteadyTime now = steady_clock::now();
      if (!closed_ && ready_ && now >= next_tick) {
        co_await tick(now);
        next_tick = now + options_.tick;
      }
    }
  }

 private:
  void close(uint16_t code, std::string_view reason) {
    closed_ = true;
    live_.clear();
    socket_.close(code, reason);
  }
  void send(std::string message) {
    if (!closed_ && !socket_.send(std::move(message))) closed_ = true;
  }

  Task<void> handle(const std::string& text) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error || !value.is_object()) {
      close(4400, "A message must be a JSON object");
      co_return;
    }
    const json::object& message = value.as_object();
    const std::string type = text_of(message, "type");
    const json::value* payload = message.if_contains("payload");
    if (payload && !payload->is_object() && !payload->is_null()) {
      close(4400, "A payload must be an object");
    } else if (type == "connection_init") {
      co_await init(payload && payload->is_object() ? payload->as_object() : json::object());
    } else if (type == "ping") {
      send(payload && payload->is_object() ? R"({"type":"pong","payload":)" + json::serialize(*payload) + "}"
                                           : R"({"type":"pong"})");
    } else if (type == "pong") {
      // Nothing waits for it.
    } else if (type == "subscribe") {
      co_await subscribe(text_of(message, "id"), payload);
    } else if (type == "complete" && !text_of(message, "id").empty()) {
      live_.erase(text_of(message, "id"));
    } else {
      close(4400, "Unknown message type");
    }
  }

  Task<void> init(json::object payload) {
    if (initialised_) {
      close(4429, "Too many initialisation requests");
      co_return;
    }
    initialised_ = true;
    authorization_ = text_of(payload, "authorization");
    if (authorization_.empty()) authorization_ = text_of(payload, "Authorization");
    app_ = text_of(payload, "app");
    if (!co_await authenticate()) co_return;
    ready_ = true;
    send(R"({"type":"connection_ack"})");
  }

  Task<bool> authenticate() {
    auto who = co_await sources_.authenticate(authorization_, app_);
    checked_at_ = steady_clock::now();
    if (who) {
      who_ = std::move(*who);
      co_return true;
    }
    // A store that does not answer is no reason to lose an open connection.
    const ErrorKind kind = who.error().kind;
    if (ready_ && kind != ErrorKind::kUnauthenticated && kind != ErrorKind::kDenied && kind != ErrorKind::kNotFound) {
      co_return true;
    }
    close(kind == ErrorKind::kDenied ? 4403 : 4401, kind == ErrorKind::kDenied ? "Forbidden" : "Unauthorized");
    co_return false;
  }

  Task<void> subscribe(std::string id, const json::value* payload) {
    if (!ready_) {
      close(4401, "Unauthorized");
      co_return;
    }
    if (id.empty() || id.size() > kIdBytesMax || !payload || !payload->is_object()) {
      close(4400, "A subscribe message needs an id and a payload");
      co_return;
    }
    if (live_.contains(id)) {
      close(4409, "Subscriber for this id already exists");
      co_return;
    }
    if (live_.size() >= options_.subscriptions_max) {
      refuse(
          id,
          R"([{"message":"This socket has too many subscriptions.","extensions":{"code":"too_many_subscriptions"}}])");
      co_return;
    }
    auto params = params_of_body(json::serialize(*payload));
    if (!params) {
      close(4400, "The payload is no GraphQL request");
      co_return;
    }
    StartedQuery started = co_await sources_.start(who_, std::move(*params));
    if (!started.live) {
      refuse(id, started.errors);
      co_return;
    }
    auto& live = live_[id];
    live = std::move(started.live);
    if (co_await step(id, *live, steady_clock::now())) live_.erase(id);
  }

  void refuse(std::string_view id, std::string_view errors) {
    send(R"({"id":)" + in_quotes(id) + R"(,"type":"error","payload":)" + std::string(errors) + "}");
  }

  /// True when the operation has ended.
  Task<bool> step(const std::string& id, LiveQuery& query, SteadyTime now) {
    LiveQuery::Step step = co_await query.step(now);
    for (const std::string& answer : step.answers) {
      send(R"({"id":)" + in_quotes(id) + R"(,"type":"next","payload":)" + answer + "}");
    }
    if (step.done) send(R"({"id":)" + in_quotes(id) + R"(,"type":"complete"})");
    co_return step.done;
  }

  Task<void> tick(SteadyTime now) {
    if (now - checked_at_ >= options_.recheck && !co_await authenticate()) co_return;
    for (auto it = live_.begin(); it != live_.end() && !closed_;) {
      const bool done = co_await step(it->first, *it->second, now);
      it = done ? live_.erase(it) : std::next(it);
    }
  }

  net::WebSocket& socket_;
  SocketSources sources_;
  SocketOptions options_;
  bool initialised_ = false, ready_ = false, closed_ = false;
  std::string authorization_, app_;
  Principal who_;
  SteadyTime checked_at_;
  std::map<std::string, std::unique_ptr<LiveQuery>> live_;
};

}  // namespace

Task<void> serve_graphql_socket(net::WebSocket& socket, SocketSources sources, SocketOptions options) {
  if (socket.subprotocol() != "graphql-transport-ws") {
    socket.close(4406, "Subprotocol not acceptable");
    co_return;
  }
  Session session(socket, std::move(sources), options);
  co_await session.run();
}

}  // namespace gamekeeper::analytics
