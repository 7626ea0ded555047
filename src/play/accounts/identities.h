#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/principal.h"
#include "base/task.h"
#include "play/accounts/accounts.h"
#include "ports/identity_verifier.h"

namespace gamekeeper::play {

/// What a provider says of somebody, to be believed or not.
struct IdentityProof {
  std::string provider, id_token;
  std::optional<std::string> nonce;
};

/// Signing in by identity providers. Each is one app's alone: a token that was made for one game opens nothing in another.
/// Thread-safe. Errors of all: those of Accounts and of ports::IdentityVerifier, kInvalid `unknown_provider`.
class Identities {
 public:
  using Providers = std::map<std::string, ports::IdentityVerifier*>;  // by scoped(app, provider)
  static constexpr int64_t kFreshMs = 5 * 60'000;

  Identities(Accounts& accounts, Providers providers, const Clock& clock)
      : accounts_(accounts), providers_(std::move(providers)), clock_(clock) {}

  /// The player of this identity, made when it is the first time.
  Task<Result<SignedInPlayer>> sign_in(std::string app, IdentityProof proof, std::string address);
  /// It signs this player in, too, from now on; repeating is harmless. kConflict `identity_taken`, `too_many`.
  Task<Result<void>> link(const Principal& who, IdentityProof proof, std::string address);
  /// Whether it is still the player themselves who asks: by an identity of theirs that the provider confirmed in the last
  /// five minutes. kDenied `wrong_identity`.
  Task<Result<void>> prove(const Principal& who, IdentityProof proof, std::string address);

 private:
  Task<Result<ports::Identity>> verify(std::string app, IdentityProof proof, std::string address);

  Accounts& accounts_;
  const Providers providers_;
  const Clock& clock_;
};

}  // namespace gamekeeper::play
