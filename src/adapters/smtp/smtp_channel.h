#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "base/blocking_pool.h"
#include "base/clock.h"
#include "ports/push_channel.h"

namespace gamekeeper::adapters {

struct SmtpOptions {
  std::string url;   // smtp://host:587 or smtps://host
  std::string from;  // address of the sender
  std::string user, password;  // empty: without signing in
  std::chrono::milliseconds timeout{10'000};  // of one message
};

/// Mail by an SMTP server. `to` of a message is the address. With a password the connection must be encrypted (smtps, or
/// STARTTLS), unless the server is this machine; without one it is where the server offers it. Safe from any thread.
class SmtpChannel final : public ports::PushChannel {
 public:
  SmtpChannel(SmtpOptions options, const Clock& clock);
  ~SmtpChannel() override;

  /// Errors: kInvalid `bad_email`, `mail_refused` (the server says that it never will); kUnavailable `mail_failed`,
  /// kTimeout, kOverloaded.
  Task<Result<void>> deliver(ports::PushMessage message) override;
  /// Breaks off what is under way within about a second, and all to come.
  void abort() { aborted_ = true; }

 private:
  Result<void> send(const ports::PushMessage& message);

  const SmtpOptions options_;
  const Clock& clock_;
  std::atomic<bool> aborted_ = false;
  BlockingPool pool_{2, 64};
};

}  // namespace gamekeeper::adapters
