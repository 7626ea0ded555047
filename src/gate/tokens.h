#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/principal.h"
#include "base/task.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

/// What an admin's token says.
struct AdminClaims {
  std::string subject;
  AdminRole role = AdminRole::kNone;
  std::string id;  // of the token: logging out revokes it
  UnixMillis expires = 0;
};

/// EdDSA (Ed25519) JSON Web Tokens, RFC 7519 and 8037. The signing key lives in the store, so all processes share it.
class Tokens {
 public:
  explicit Tokens(ports::DocumentStore& store) : store_(store) {}

  /// Loads the signing key, or makes it.
  Task<Result<void>> load();
  std::string issue(const AdminClaims& claims, UnixMillis now) const;
  /// nullopt for anything but a token of ours that is in force: alg, typ, iss, aud, exp and signature are checked.
  std::optional<AdminClaims> verify(std::string_view token, UnixMillis now) const;
  /// JSON Web Key Set with the public key.
  std::string jwks() const;

 private:
  ports::DocumentStore& store_;
  std::array<unsigned char, 32> public_{};
  std::array<unsigned char, 64> secret_{};
  std::string key_id_;
};

}  // namespace gamekeeper::gate
