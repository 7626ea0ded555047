#include "play/notifications/notifications.h"

#include "flow/log_consumer.h"
#include "play/notifications/notification_routes.h"
#include "play/notifications/notifier.h"

namespace gamekeeper::play {

struct Notifications::Parts {
  Parts(NotificationPorts ports, NotificationOptions options)
      : inboxes(ports.documents, ports.clock),
        templates(ports.documents),
        notifier({ports.documents, ports.broadcast, ports.clock, std::move(options.locale_of)}),
        consumer(
            ports.documents, ports.log, [this](std::string rows) { return notifier.take(std::move(rows)); },
            {.name = "notifications"}, ports.metrics),
        routes{ports.documents, inboxes, templates} {}

  Inboxes inboxes;
  Templates templates;
  Notifier notifier;
  flow::LogConsumer consumer;
  NotificationServices routes;
};

Notifications::Notifications(NotificationPorts ports, NotificationOptions options)
    : parts_(std::make_unique<Parts>(ports, std::move(options))) {}

Notifications::~Notifications() { stop(); }

void Notifications::start() { parts_->consumer.start(); }

void Notifications::stop() { parts_->consumer.stop(); }

void Notifications::add_routes(net::Router& router) { add_notification_routes(router, parts_->routes); }

}  // namespace gamekeeper::play
