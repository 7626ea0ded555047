#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/oidc/id_token.h"
#include "adapters/oidc/key_set.h"
#include "base/blocking_pool.h"
#include "base/clock.h"
#include "net/http_client.h"
#include "ports/identity_verifier.h"

namespace gamekeeper::adapters {

struct OidcOptions {
  ExpectedClaims expected;
  int64_t fresh_ms = 3'600'000;       // keys older than this are asked for again
  int64_t kept_ms = 24 * 3'600'000;   // and believed so long when the provider does not answer
  int64_t fetches = 3;                // at most so many at a time
  int64_t fetch_every_ms = 20'000;    // and one more each, whatever tokens come
};

/// ID tokens of an OpenID provider (OpenID Connect Core 1.0, Discovery 1.0). Its keys are found by its own documents when the
/// first token comes, and asked for again when they are old or a token names one that is not known. Safe from any thread; the
/// work is done on one thread of its own, so that only one fetch is under way.
class OidcVerifier final : public ports::IdentityVerifier {
 public:
  /// The body of a document at a URL.
  using Fetch = std::function<Result<std::string>(const std::string& url)>;

  OidcVerifier(OidcOptions options, const Clock& clock, Fetch fetch);
  ~OidcVerifier() override { pool_.stop(); }

  Task<Result<ports::Identity>> verify(std::string token, std::optional<std::string> nonce) override;

 private:
  Result<ports::Identity> check(const std::string& text, const std::optional<std::string>& nonce);
  void renew_keys(UnixMillis now);
  bool may_fetch(UnixMillis now);
  Result<KeySet> fetch_keys() const;

  const OidcOptions options_;
  const Clock& clock_;
  const Fetch fetch_;
  // The pool's thread alone:
  std::optional<KeySet> keys_;
  UnixMillis keys_read_ = 0;
  int64_t fetches_left_;
  UnixMillis counted_ = 0;  // up to when fetches were given back
  BlockingPool pool_{1, 256};  // last: it ends first
};

/// Whether a URL is safe from listeners: https, or this machine.
bool is_private_way(const std::string& url);

/// A document by HTTP; the client says how far it may go.
Result<std::string> fetch_document(net::HttpClient& http, const std::string& url);

}  // namespace gamekeeper::adapters
