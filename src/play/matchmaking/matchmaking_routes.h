#pragma once

#include "net/router.h"
#include "play/matchmaking/match_queue.h"
#include "play/matchmaking/queues.h"

namespace gamekeeper::play {

/// /api/v1/queue and /api/v1/queues. The references must outlive the router.
void add_matchmaking_routes(net::Router& router, MatchQueue& queue, Queues& queues, const Clock& clock);

}  // namespace gamekeeper::play
