#pragma once

#include "net/router.h"
#include "play/leaderboards/leaderboards.h"

namespace gamekeeper::play {

/// /api/v1/leaderboards. The reference must outlive the router.
void add_leaderboard_routes(net::Router& router, Leaderboards& leaderboards);

}  // namespace gamekeeper::play
