#pragma once

#include <array>
#include <atomic>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "gate/published.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

/// Whom a ring of signing keys serves. Each sort has keys of its own, so that a token of one never passes for another.
struct TokenKind {
  const char* document;  // where its keys are kept
  const char* audience;
  const char* own;  // the claim that only this sort has
  const char* id;   // the claim that revocation names
};
inline constexpr TokenKind kAdminTokens{"admin", "gamekeeper-admin", "role", "jti"};
inline constexpr TokenKind kPlayerTokens{"player", "gamekeeper-player", "app", "sid"};

/// What a token says.
struct TokenClaims {
  std::string subject;
  std::string own;  // an administrator's role, a player's app
  std::string id;   // of an administrator's token, of the family that a player's belongs to
  UnixMillis expires = 0;
  UnixMillis issued = 0;  // whole seconds
};

/// EdDSA (Ed25519) JSON Web Tokens, RFC 7519 and 8037. The signing key lives in the store, so all processes share it;
/// keys that were rotated away still verify until their time is over. Thread-safe.
class Tokens {
 public:
  Tokens(ports::DocumentStore& store, TokenKind kind) : store_(store), kind_(kind) {}

  /// Loads the signing keys, or makes the first.
  Task<Result<void>> load();
  /// Signs with a new key from now on; tokens of the one before stay good for `overlap_ms` more.
  /// Errors: kConflict `version` when another process rotated at the same moment.
  Task<Result<void>> rotate(UnixMillis now, int64_t overlap_ms);

  std::string issue(const TokenClaims& claims, UnixMillis now) const;
  /// nullopt for anything but a token of ours that is in force. Only our one header is known, byte for byte, and
  /// nothing of a token is parsed before its signature holds.
  std::optional<TokenClaims> verify(std::string_view token, UnixMillis now) const;
  /// Appends the public keys that are in force, as members of a JSON Web Key Set.
  void append_public_keys(std::string& list, UnixMillis now) const;
  /// Grows with every change of the keys.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
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
  TokenKind kind_;
  Published<Ring> ring_;
  std::atomic<uint64_t> version_{0};
};

/// JSON Web Key Set (RFC 7517) of all the rings' public keys that are in force.
std::string jwks(std::initializer_list<const Tokens*> rings, UnixMillis now);

}  // namespace gamekeeper::gate
