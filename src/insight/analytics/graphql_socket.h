#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/principal.h"
#include "base/result.h"
#include "base/task.h"
#include "insight/analytics/http_protocol.h"
#include "net/web_socket.h"

namespace gamekeeper::analytics {

using SteadyTime = std::chrono::steady_clock::time_point;

/// One running operation of a socket. Used by the socket's own coroutine alone.
class LiveQuery {
 public:
  virtual ~LiveQuery() = default;

  struct Step {
    std::vector<std::string> answers;  // each {"data":…,"errors"?:…}, to send now
    bool done = false;                 // nothing follows
  };
  /// Asked again and again, about ten times a second; the query itself keeps its pace.
  virtual Task<Step> step(SteadyTime now) = 0;
};

struct StartedQuery {
  std::unique_ptr<LiveQuery> live;
  std::string errors;  // when `live` is null: the JSON list of errors for which it was refused
};

struct SocketOptions {
  std::chrono::milliseconds init_deadline{5'000};
  std::chrono::milliseconds tick{100};
  std::chrono::milliseconds recheck{
      500};  // how often the credentials are looked at again: a revoked key's socket ends within a second
  size_t subscriptions_max = 16;
};

/// What the socket needs from outside.
struct SocketSources {
  /// `authorization` is a header's value (`Bearer …`); `app` may be empty. Errors: kUnauthenticated, kDenied, …
  std::function<Task<Result<Principal>>(std::string authorization, std::string app)> authenticate;
  std::function<Task<StartedQuery>(Principal who, graphql::Request params)> start;
};

/// Speaks graphql-transport-ws until the peer goes. Closes with 4400 (a bad message), 4401 (not authenticated), 4403
/// (may not), 4406 (another subprotocol), 4408 (no connection_init in time), 4409 (an id in use), 4429 (a second
/// connection_init). Protocol: github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
Task<void> serve_graphql_socket(net::WebSocket& socket, SocketSources sources, SocketOptions options);

}  // namespace gamekeeper::analytics
