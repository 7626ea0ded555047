#pragma once

#include "net/router.h"
#include "play/results/results.h"

namespace gamekeeper::play {

/// /api/v1/queues/{queue}/rating. The references must outlive the router.
void add_rating_rule_routes(net::Router& router, Results& results);

}  // namespace gamekeeper::play
