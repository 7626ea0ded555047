#pragma once

#include <string>

#include "base/clock.h"
#include "insight/analytics/analytics.h"
#include "insight/analytics/graphql_socket.h"

namespace gamekeeper::analytics {

/// Starts an operation for a socket: a subscription is asked for again whenever something may have changed and sends what
/// is different (overview at most once a second, series at most five times); a query answers once.
Task<StartedQuery> start_live(Analytics& analytics, Principal who, graphql::Request request);

}  // namespace gamekeeper::analytics
