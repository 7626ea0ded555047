#pragma once

#include "net/router.h"
#include "play/sessions/sessions.h"

namespace gamekeeper::play {

/// /api/v1/sessions. The reference must outlive the router.
void add_session_routes(net::Router& router, Sessions& sessions);

}  // namespace gamekeeper::play
