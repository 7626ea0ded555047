#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/principal.h"
#include "base/task.h"
#include "gate/published.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

/// What an admin's token says.
struct AdminClaims {
  std::string subject;
  AdminRole role = AdminRole::kNone;
  std::string id;  // of the token: logging out revokes it
  UnixMillis expires = 0;
  UnixMillis issued = 0;  // whole seconds
};

/// EdDSA (Ed25519) JSON Web Tokens, RFC 7519 and 8037. The signing key lives in the store, so all processes share it;
/// keys that were rotated away still verify until their time is over. Thread-safe.
class Tokens {
 public:
  explicit Tokens(ports::DocumentStore& store) : store_(store) {}

  /// Loads the signing keys, or makes the first.
  Task<Result<void>> load();
  /// Signs with a new key from now on; tokens of the one before stay good for `overlap_ms` more.
  /// Errors: kConflict `version` when another process rotated at the same moment.
  Task<Result<void>> rotate(UnixMillis now, int64_t overlap_ms);

  std::string issue(const AdminClaims& claims, UnixMillis now) const;
  /// nullopt for anything but a token of ours that is in force. Only our one header is known, byte for byte, and
  /// nothing of a token is parsed before its signature holds.
  std::optional<AdminClaims> verify(std::string_view token, UnixMillis now) const;
  /// JSON Web Key Set (RFC 7517) of the public keys that are in force.
  std::string jwks(UnixMillis now) const;
  /// Grows with every change of the keys.
  uint64_t version() const { return ring_.peek().version; }
  /// The id of the key that signs now.
  std::string key_id() const { return ring_.share()->keys.front().id; }

 private:
  struct SigningKey {
    std::array<unsigned char, 32> public_bytes{};
    std::array<unsigned char, 64> secret{};
    std::string id;
    std::string head;  // the token's first segment
    UnixMillis until = 0;  // 0: the one that signs
  };
  struct Ring {
    std::vector<SigningKey> keys;  // the first one signs
    uint64_t version = 0;          // of the document
  };
  static std::optional<SigningKey> make_key(std::string_view secret, UnixMillis until);
  static Result<Ring> read_ring(const ports::Document& document);
  static std::string write_ring(const Ring& ring);
  void publish(Ring ring, uint64_t version);

  ports::DocumentStore& store_;
  Published<Ring> ring_;
};

}  // namespace gamekeeper::gate
