#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ports/document_store.h"

namespace gamekeeper::gate::testing {

/// Signs whatever it is told with the server's own key, so that a refusal can only come from the one thing that is wrong.
class Forger {
 public:
  /// Reads the signing key out of the store.
  Forger(ports::DocumentStore& store, std::string key_id);

  using Changes = std::map<std::string, std::string>;  // member → its JSON text; empty text removes it
  /// A good token, but for these claims.
  std::string token(const Changes& claims = {}) const { return signed_by_us(head(), payload(claims)); }
  /// A good token, but for these members of the header.
  std::string with_head(const Changes& changes) const { return signed_by_us(head(changes), payload()); }

  std::string head(const Changes& changes = {}) const;
  std::string payload(const Changes& changes = {}) const;
  /// base64url of both texts, joined and signed.
  std::string signed_by_us(const std::string& head, const std::string& payload) const;
  std::string signature_of(const std::string& body, const std::string& secret) const;
  /// The same body with the signature of an HMAC-SHA256 under `key`.
  std::string signed_by_hmac(const std::string& head, const std::string& key) const;

  const std::string& secret() const { return secret_; }
  std::string public_key() const { return secret_.substr(32); }

 private:
  std::string key_id_, secret_;
};

struct Attack {
  std::string name, token;
};

/// The table: RFC 8725 and what has gone wrong in other people's code. `good` is a token that is admitted.
std::vector<Attack> attacks(const Forger& forger, const std::string& good);

}  // namespace gamekeeper::gate::testing
