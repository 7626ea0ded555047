#pragma once

#include <functional>

#include "base/principal.h"
#include "base/result.h"
#include "insight/ingest/dead_letters.h"
#include "insight/ingest/ingest_service.h"
#include "net/router.h"

namespace gamekeeper::ingest {

/// Takes `events` from the caller's rate limit; kRateLimited when it is used up.
using TakeEvents = std::function<Result<void>(const Principal& who, uint32_t events)>;

/// POST /api/v1/events and /api/v1/admin/dead-letters. The references must outlive the router.
void add_ingest_routes(net::Router& router, IngestService& ingest, DeadLetters& letters, TakeEvents take_events);

}  // namespace gamekeeper::ingest
