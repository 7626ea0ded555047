#pragma once

#include "net/router.h"
#include "play/realtime/realtime.h"

namespace gamekeeper::play {

/// /ws. The reference must outlive the router.
void add_realtime_routes(net::Router& router, Realtime& realtime);

}  // namespace gamekeeper::play
