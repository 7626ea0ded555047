#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/principal.h"
#include "base/task.h"
#include "gate/passwords.h"
#include "gate/published.h"
#include "gate/rate_limit.h"
#include "gate/records.h"
#include "gate/roles.h"
#include "gate/secrets.h"
#include "gate/tokens.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

struct Admin {
  std::string username;
  AdminRole role = AdminRole::kNone;
  std::vector<std::string> apps;  // empty: all, and the house itself (apps, administrators, signing keys)
  UnixMillis created_at = 0;
  std::string password_hash;

  bool sees(std::string_view app) const { return apps.empty() || std::ranges::find(apps, app) != apps.end(); }
};

struct SignedIn {
  std::string token;
  int64_t expires_in = 0;  // seconds
  std::string username;
  AdminRole role = AdminRole::kNone;
};

struct LoginLimits {
  Rate per_account{10, 60'000'000'000};
  Rate per_address{60'000, 60'000'000'000};
};

/// Administrators: password sign-in, one-time links, revocation. Thread-safe, but for refresh(): one caller.
class Admins {
 public:
  /// How long a token is good for.
  static constexpr int64_t kTokenLifeMs = 12 * 3600 * 1000;

  Admins(ports::DocumentStore& store, Tokens& tokens, Passwords& passwords, const Clock& clock, LoginLimits limits);

  Task<Result<void>> load();
  /// Loads administrators and signing keys when they have changed: every 250 ms.
  Task<Result<void>> refresh();
  /// Errors: kConflict `exists`, kInvalid.
  Task<Result<void>> create(std::string username, std::string password, AdminRole role,
                            std::vector<std::string> apps = {});
  /// Errors: kNotFound, kConflict `last_admin` for the only one who may manage the house.
  Task<Result<void>> remove(std::string username);
  /// Errors: kUnauthenticated `wrong_credentials` (unknown names cost and say the same), kRateLimited, kOverloaded.
  Task<Result<SignedIn>> login(std::string username, std::string password, std::string address);
  /// A link's token: once, within ten minutes, in this process.
  std::string make_link(const std::string& username);
  Task<Result<SignedIn>> use_link(std::string token);
  /// The token is refused from now on, in every process within a second, also after a restart.
  Task<Result<void>> logout(std::string token);
  /// A new signing key; the tokens of the old one end after `overlap_ms`.
  Task<Result<void>> rotate_signing_key(int64_t overlap_ms);
  /// Forgets sign-outs of tokens that have expired by themselves.
  Task<Result<size_t>> sweep();

  /// The claims of a token that is in force and whose administrator is, too.
  std::optional<TokenClaims> check(std::string_view token, UnixMillis now);
  /// Null when there is no such administrator.
  std::shared_ptr<const Admin> find(std::string_view username) const;
  std::vector<Admin> list() const;
  bool empty() const { return book_.peek().admins.empty(); }

 private:
  struct Book {
    std::map<std::string, std::shared_ptr<const Admin>, std::less<>> admins;
    std::unordered_map<std::string, UnixMillis> signed_out;  // token id → its expiry
    uint64_t epoch = 0;
  };
  struct Link {
    std::string username;
    UnixMillis expires = 0;
  };
  struct Verified {
    TokenClaims claims;
    uint64_t book = 0, ring = 0;  // what it was verified against
  };
  SignedIn sign_in(const Admin& admin);
  Task<Result<void>> commit(ports::Put put);
  Task<Result<void>> allow_attempt(std::string username, std::string address);

  ports::DocumentStore& store_;
  Tokens& tokens_;
  Passwords& passwords_;
  const Clock& clock_;
  LoginLimits limits_;
  RateTable attempts_{1 << 14};
  EpochWatch watch_;
  Published<Book> book_;  // its epoch is the gate's
  std::mutex mutex_;      // over the two maps below
  std::unordered_map<Digest, Link, DigestHash> links_;
  std::unordered_map<Digest, Verified, DigestHash> verified_;  // bounded; checking costs 50 µs
};

}  // namespace gamekeeper::gate
