#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::ports {

/// Something that goes out to one receiver.
struct PushMessage {
  std::string app;
  std::string to;       // whom, as the channel knows them: a player's id, a webhook's, an e-mail address
  std::string id;       // the same at every try, so that a receiver can tell a repeat
  std::string subject;  // one line; where the channel has such a thing
  std::string body;     // UTF-8: text or JSON, as the channel wants it
};

/// A way out to players or to other people's programs. Safe from any thread.
class PushChannel {
 public:
  virtual ~PushChannel() = default;

  /// One try. When it returns well the receiver has taken the message; otherwise they may have.
  /// Errors: kInvalid, kNotFound, kDenied, kTooLarge: it will never arrive; all others may be better later.
  virtual Task<Result<void>> deliver(PushMessage message) = 0;
};

}  // namespace gamekeeper::ports
