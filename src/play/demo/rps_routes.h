#pragma once

#include "net/router.h"
#include "play/demo/rps_room.h"

namespace gamekeeper::play {

/// /api/v1/demo/rps: what the page at /demo plays with.
void add_rps_routes(net::Router& router, RpsRoom& room);

}  // namespace gamekeeper::play
