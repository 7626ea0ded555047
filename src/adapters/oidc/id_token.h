#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/identity_verifier.h"

namespace gamekeeper::adapters {

/// The signatures that are believed: RSASSA-PKCS1-v1_5 with SHA-256, ECDSA on P-256, Ed25519. Nothing else, whatever a token says.
enum class SignatureAlgorithm : uint8_t { kRs256, kEs256, kEdDsa };

std::optional<SignatureAlgorithm> algorithm_of(std::string_view name);

/// A JSON Web Token (RFC 7519, 7515) taken apart, not believed yet.
struct IdToken {
  SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256;
  std::string key_id;  // empty: it names none
  std::string signed_text, signature;
  boost::json::object claims;
};

/// Errors: kUnauthenticated `bad_identity_token` for all that is no such token, is signed by no believed algorithm, asks for
/// extensions (`crit`), or is over 16 KiB.
Result<IdToken> read_id_token(std::string_view text);

struct ExpectedClaims {
  std::string issuer;
  std::vector<std::string> audiences;  // our names at the provider: one of them
  int64_t leeway_s = 60;  // how far clocks may differ
};

/// OpenID Connect Core 1.0, 3.1.3.7: issuer, audience (and `azp` where it must or may be), times, nonce. The same error.
Result<ports::Identity> check_claims(const boost::json::object& claims, const ExpectedClaims& expected,
                                     const std::optional<std::string>& nonce, UnixMillis now);

std::unexpected<Error> bad_identity_token();

}  // namespace gamekeeper::adapters
