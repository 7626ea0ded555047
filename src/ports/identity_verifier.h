#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::ports {

/// Somebody whom an identity provider vouches for.
struct Identity {
  std::string issuer;   // who vouches
  std::string subject;  // whom: the same for ever, and of this issuer alone
  UnixMillis issued_at = 0;
};

/// Believes what one identity provider says of who somebody is. Safe from any thread.
class IdentityVerifier {
 public:
  virtual ~IdentityVerifier() = default;

  /// Whom the token names, when it was made by the provider for us and is in force. With a nonce it must also answer that
  /// very question. Errors: kUnauthenticated `bad_identity_token`; kUnavailable `identity_provider_unavailable` while the
  /// provider's keys cannot be had; kOverloaded.
  virtual Task<Result<Identity>> verify(std::string token, std::optional<std::string> nonce) = 0;
};

}  // namespace gamekeeper::ports
