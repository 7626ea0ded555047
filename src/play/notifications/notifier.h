#pragma once

#include <string>

#include "flow/log_consumer.h"
#include "play/notifications/mailing.h"
#include "play/notifications/webhooks.h"

namespace gamekeeper::play {

/// What a consumer of the log does with its rows: tells players of the facts that concern them, and webhooks of those that
/// they want. Used by one coroutine at a time.
class Notifier {
 public:
  Notifier(const MailingParts& parts, Webhooks& webhooks) : parts_(parts), webhooks_(webhooks) {}

  /// flow::LogHandler. Errors: those of the store, kCorrupt.
  Task<Result<flow::Effects>> take(std::string rows);

 private:
  const MailingParts& parts_;
  Webhooks& webhooks_;
};

}  // namespace gamekeeper::play
