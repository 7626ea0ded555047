#include "play/notifications/notifications.h"

#include <boost/asio/detached.hpp>
#include <thread>

#include "flow/log_consumer.h"
#include "net/http_client.h"
#include "play/notifications/announcement_routes.h"
#include "play/notifications/dispatcher.h"
#include "play/notifications/live_channel.h"
#include "play/notifications/notification_routes.h"
#include "play/notifications/notifier.h"
#include "play/notifications/webhook_channel.h"
#include "play/notifications/webhook_routes.h"

namespace gamekeeper::play {
namespace {

constexpr int kHttpThreads = 16;  // an endpoint that does not answer holds up two of them

}  // namespace

struct Notifications::Parts {
  Parts(NotificationPorts p, NotificationOptions o)
      : ports(p),
        mailing{p.documents, p.broadcast, p.clock, std::move(o.locale_of), p.mail != nullptr},
        inboxes(p.documents, p.clock),
        templates(p.documents),
        webhooks(p.documents, p.clock,
                 {.allow_private = o.allow_private_webhooks, .give_up_after_ms = o.webhook_give_up_ms}),
        notifier(mailing, webhooks),
        consumer(
            p.documents, p.log, [this](std::string rows) { return notifier.take(std::move(rows)); },
            {.name = "notifications"}, p.metrics),
        http({.threads = kHttpThreads, .allow_private = o.allow_private_webhooks}),
        webhook_channel(webhooks, http, p.clock, std::chrono::milliseconds(o.try_ms)),
        live_channel(p.documents, p.broadcast),
        mail_channel(p.documents, p.mail),
        dispatcher(
            p.documents, p.clock, [this] { return lanes(); }, {.retries = o.retries, .try_ms = o.try_ms}, p.metrics),
        announcements(mailing, templates),
        routes{p.documents, inboxes, templates} {}

  Task<Result<std::vector<DeliveryLane>>> lanes();

  NotificationPorts ports;
  const MailingParts mailing;
  Inboxes inboxes;
  Templates templates;
  Webhooks webhooks;
  Notifier notifier;
  flow::LogConsumer consumer;
  net::HttpClient http;
  WebhookChannel webhook_channel;
  LiveChannel live_channel;
  PlayerMailChannel mail_channel;
  Dispatcher dispatcher;
  Announcements announcements;
  NotificationServices routes;
  std::thread sending;
};

Task<Result<std::vector<DeliveryLane>>> Notifications::Parts::lanes() {
  auto in_use = co_await webhooks.in_use();
  if (!in_use) co_return std::unexpected(in_use.error());
  std::vector<DeliveryLane> out{{.app = {}, .lane = kPushLane, .channel = &live_channel},
                                {.app = {}, .lane = kEmailLane, .channel = &mail_channel}};
  for (const Webhook& w : *in_use) {
    out.push_back(
        {.app = w.app, .lane = w.id, .channel = &webhook_channel, .note = [this, app = w.app, id = w.id](bool good) {
           return webhooks.note(app, id, good);
         }});
  }
  co_return out;
}

Notifications::Notifications(NotificationPorts ports, NotificationOptions options)
    : parts_(std::make_unique<Parts>(ports, std::move(options))) {}

Notifications::~Notifications() { stop(); }

void Notifications::start() {
  parts_->consumer.start();
  parts_->sending = std::thread([parts = parts_.get()] {
    asio::io_context context{1};
    asio::co_spawn(context, parts->dispatcher.run(), asio::detached);
    asio::co_spawn(context, parts->announcements.run(), asio::detached);
    context.run();
  });
}

void Notifications::stop() {
  parts_->consumer.stop();
  parts_->announcements.stop();
  parts_->dispatcher.stop();
  parts_->http.abort();
  if (parts_->sending.joinable()) parts_->sending.join();
}

void Notifications::add_routes(net::Router& router) {
  add_notification_routes(router, parts_->routes);
  add_webhook_routes(router, parts_->webhooks);
  add_announcement_routes(router, parts_->announcements);
}

}  // namespace gamekeeper::play
