#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "net/router.h"
#include "ports/broadcast.h"
#include "ports/document_store.h"
#include "ports/event_log.h"

namespace gamekeeper::play {

/// What notifications stand on. All outlive them.
struct NotificationPorts {
  ports::DocumentStore& documents;
  ports::EventLog& log;
  ports::Broadcast& broadcast;
  const Clock& clock;
  Metrics& metrics;
};

struct NotificationOptions {
  /// The language of an app's players who have chosen none; called on any thread.
  std::function<std::string(const std::string& app)> locale_of = {};
};

/// The room as a whole: its services, the consumer that tells players what the log says, and its routes.
class Notifications {
 public:
  Notifications(NotificationPorts ports, NotificationOptions options);
  ~Notifications();

  /// Before the server takes requests: what is written from then on is told.
  void start();
  /// Ends after what is under way. Safe to call twice.
  void stop();
  /// *this must outlive the router.
  void add_routes(net::Router& router);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace gamekeeper::play
