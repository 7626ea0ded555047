#pragma once

#include "net/router.h"
#include "play/notifications/announcements.h"

namespace gamekeeper::play {

/// /api/v1/admin/notifications. The reference must outlive the router.
void add_announcement_routes(net::Router& router, Announcements& announcements);

}  // namespace gamekeeper::play
