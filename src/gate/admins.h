#pragma once

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
#include "gate/roles.h"
#include "gate/secrets.h"
#include "gate/tokens.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

struct Admin {
  std::string username;
  AdminRole role = AdminRole::kNone;
  UnixMillis created_at = 0;
  std::string password_hash;
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

/// Administrators: password sign-in, one-time links, revocation. Thread-safe.
class Admins {
 public:
  Admins(ports::DocumentStore& store, Tokens& tokens, Passwords& passwords, const Clock& clock, LoginLimits limits);

  Task<Result<void>> load();
  /// Errors: kConflict `exists`, kInvalid.
  Task<Result<void>> create(std::string username, std::string password, AdminRole role);
  Task<Result<void>> remove(std::string username);
  /// Errors: kUnauthenticated `wrong_credentials` (unknown names cost and say the same), kRateLimited, kOverloaded.
  Task<Result<SignedIn>> login(std::string username, std::string password, std::string address);
  /// A link's token: once, within ten minutes, in this process.
  std::string make_link(const std::string& username);
  Task<Result<SignedIn>> use_link(std::string token);
  void logout(const AdminClaims& claims);

  /// The admin behind a token, if both are still in force.
  std::optional<AdminClaims> check(std::string_view token, UnixMillis now);
  std::vector<Admin> list() const;
  bool empty() const { return published_.peek().empty(); }

 private:
  using ByName = std::map<std::string, Admin>;
  SignedIn sign_in(const Admin& admin);

  ports::DocumentStore& store_;
  Tokens& tokens_;
  Passwords& passwords_;
  const Clock& clock_;
  LoginLimits limits_;
  RateTable attempts_;
  Published<ByName> published_;
  std::mutex mutex_;
  uint64_t loads_ = 0;
  struct Link {
    std::string username;
    UnixMillis expires = 0;
  };
  std::unordered_map<Digest, Link, DigestHash> links_;
  std::unordered_map<std::string, UnixMillis> logged_out_;                        // token id → its expiry
  std::unordered_map<Digest, AdminClaims, DigestHash> verified_;                  // bounded; checking costs 50 µs
};

}  // namespace gamekeeper::gate
