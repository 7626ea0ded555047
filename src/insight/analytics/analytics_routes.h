#pragma once

#include <functional>
#include <string>

#include "base/principal.h"
#include "base/result.h"
#include "base/task.h"
#include "base/tracer.h"
#include "insight/analytics/analytics.h"
#include "insight/analytics/graphql_socket.h"
#include "net/router.h"

namespace gamekeeper::analytics {

/// What the routes take from outside.
struct RouteSources {
  /// Who stands behind an Authorization header's value (`Bearer <key or token>`) and which app is meant (a name, or empty
  /// where the credentials say it). For what comes in without the guard: GET /graphql and sockets.
  std::function<Task<Result<Principal>>(std::string authorization, std::string app)> authenticate;
  /// The page for browsers at GET /graphql: GraphiQL. When empty, asking for a page is answered with 406.
  std::function<net::Response(const net::Request&)> page = {};
  SocketOptions socket = {};
  Tracing tracing = {};
};

/// /graphql (POST, GET and socket), /api/v1/admin/pipeline, /api/v1/admin/events/names. `analytics` must outlive the router.
void add_analytics_routes(net::Router& router, Analytics& analytics, RouteSources sources);

/// Whether a principal may ask: a read key, or an analyst or more. Errors: kDenied, kInvalid `app_required`.
Result<void> may_read(const Principal& who);

}  // namespace gamekeeper::analytics
