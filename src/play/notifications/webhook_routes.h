#pragma once

#include "net/router.h"
#include "play/notifications/webhooks.h"

namespace gamekeeper::play {

/// /api/v1/webhooks. The reference must outlive the router.
void add_webhook_routes(net::Router& router, Webhooks& webhooks);

}  // namespace gamekeeper::play
