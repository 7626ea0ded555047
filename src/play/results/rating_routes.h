#pragma once

#include "net/router.h"
#include "play/results/queue_qualities.h"
#include "play/results/results.h"
#include "ports/ranked_set.h"

namespace gamekeeper::play {

/// What the routes about ratings as a whole ask. All outlive the router.
struct RatingSources {
  Results& results;
  QueueQualities& qualities;
  ports::RankedSet& boards;
};

/// GET /api/v1/ratings/queues, /quality and /distribution.
void add_rating_routes(net::Router& router, RatingSources sources);

}  // namespace gamekeeper::play
