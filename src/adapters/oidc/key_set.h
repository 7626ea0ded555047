#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/oidc/id_token.h"
#include "base/result.h"

namespace gamekeeper::adapters {

/// A provider's public keys (RFC 7517, 7518, 8037) of the kinds that are believed: RSA from 2048 bits on, P-256, Ed25519. The
/// kind of a key says how it signs, and a token must agree: so no public key is ever taken for the secret of another way.
class KeySet {
 public:
  /// Skips keys that are for something else or of other kinds. Errors: kCorrupt when it is no key set.
  static Result<KeySet> read(std::string_view json);

  /// Whether there is a key that the token may have been signed with: of its id, or, when it names none, the only one of its way.
  bool has_key_for(const IdToken& token) const { return find(token) != nullptr; }
  bool verifies(const IdToken& token) const;
  size_t size() const { return keys_.size(); }

 private:
  struct Key {
    std::string id;
    SignatureAlgorithm algorithm;
    std::shared_ptr<EVP_PKEY> key;
  };
  const Key* find(const IdToken& token) const;

  std::vector<Key> keys_;
};

}  // namespace gamekeeper::adapters
