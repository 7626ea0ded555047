#pragma once

#include <string>

#include "flow/log_consumer.h"
#include "play/notifications/mailing.h"

namespace gamekeeper::play {

/// What a consumer of the log does with its rows: tells players of the facts that concern them. Used by one coroutine at a
/// time.
class Notifier {
 public:
  explicit Notifier(MailingParts parts) : parts_(std::move(parts)) {}

  /// flow::LogHandler. Errors: those of the store, kCorrupt.
  Task<Result<flow::Effects>> take(std::string rows);

 private:
  const MailingParts parts_;
};

}  // namespace gamekeeper::play
