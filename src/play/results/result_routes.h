#pragma once

#include "base/clock.h"
#include "net/router.h"
#include "play/results/results.h"

namespace gamekeeper::play {

/// /api/v1/matches, /api/v1/players/{id}/rating, /api/v1/ratings/…, /api/v1/queues/{queue}/rating. The references must outlive the router.
void add_result_routes(net::Router& router, Results& results, const Clock& clock);

}  // namespace gamekeeper::play
