#pragma once

#include <boost/json/object.hpp>

#include "net/router.h"
#include "play/sessions/sessions.h"

namespace gamekeeper::play {

/// A session without its history, as answers carry it.
boost::json::object show_state(const Session& session);

/// /api/v1/sessions. The reference must outlive the router.
void add_session_routes(net::Router& router, Sessions& sessions);

}  // namespace gamekeeper::play
