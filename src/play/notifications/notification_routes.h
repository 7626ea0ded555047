#pragma once

#include "net/router.h"
#include "play/notifications/inboxes.h"
#include "play/notifications/templates.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// What the routes of notifications stand on. All outlive the router.
struct NotificationServices {
  ports::DocumentStore& documents;
  Inboxes& inboxes;
  Templates& templates;
};

/// /api/v1/notifications: a player's inbox and preferences; /api/v1/notification-templates: an app's words.
void add_notification_routes(net::Router& router, NotificationServices& services);

}  // namespace gamekeeper::play
