#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "net/router.h"
#include "play/notifications/delivery.h"
#include "ports/broadcast.h"
#include "ports/document_store.h"
#include "ports/event_log.h"
#include "ports/push_channel.h"

namespace gamekeeper::play {

/// What notifications stand on. All outlive them.
struct NotificationPorts {
  ports::DocumentStore& documents;
  ports::EventLog& log;
  ports::Broadcast& broadcast;
  ports::PushChannel* mail = nullptr;  // to e-mail addresses; null: no mail is sent
  const Clock& clock;
  Metrics& metrics;
};

struct NotificationOptions {
  /// The language of an app's players who have chosen none; called on any thread.
  std::function<std::string(const std::string& app)> locale_of = {};
  RetryPolicy retries;
  int64_t try_ms = 10'000;  // how long one delivery may take
  int64_t webhook_give_up_ms = 5 * 24 * 3'600'000LL;
  bool allow_private_webhooks = false;
};

/// The room as a whole: its services, the consumer that tells players and programs what the log says, the dispatcher that
/// sends it out, and its routes.
class Notifications {
 public:
  Notifications(NotificationPorts ports, NotificationOptions options);
  ~Notifications();

  /// Before the server takes requests: what is written from then on is told.
  void start();
  /// Ends within about a second; what was on its way out is tried again after the next start. Safe to call twice.
  void stop();
  /// *this must outlive the router.
  void add_routes(net::Router& router);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace gamekeeper::play
