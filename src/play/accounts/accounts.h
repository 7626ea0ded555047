#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/principal.h"
#include "base/task.h"
#include "gate/admins.h"
#include "gate/player_access.h"
#include "play/accounts/attempts.h"
#include "play/accounts/families.h"
#include "play/accounts/player.h"
#include "play/accounts/player_rating.h"
#include "play/accounts/refresh_token.h"
#include "ports/document_store.h"
#include "ports/password_authority.h"

namespace gamekeeper::play {

struct AccountOptions {
  gate::LoginLimits logins;
  int64_t refresh_life_ms = int64_t{30} * 24 * 3600 * 1000;  // since the last refresh
};

/// What a player holds after a sign-in.
struct SignedInPlayer {
  std::string player_id, username;
  int64_t rating = kFirstRating;
  std::string access_token, refresh_token;
  int64_t expires_in = 0;  // seconds, of the access token
  bool created = false;
};

struct Registration {
  std::string username, password;
  std::optional<std::string> email;
};

/// What shows anew that it is the player who asks, and not somebody who found their token: one of these.
struct Proof {
  std::optional<std::string> password, device_id;
};

/// Signing up, in, on and off. Every write is durable when it returns. Thread-safe.
/// Errors of all: kRateLimited, kOverloaded (too many passwords are being checked), and those of the store.
class Accounts {
 public:
  Accounts(ports::DocumentStore& documents, gate::PlayerAccess& access, ports::PasswordAuthority& passwords,
           const Clock& clock, AccountOptions options);

  /// Errors: kInvalid (field), kConflict `username_taken`.
  Task<Result<SignedInPlayer>> sign_up(std::string app, Registration registration, std::string address);
  /// Errors: kUnauthenticated `wrong_credentials` (unknown names cost and say the same), kDenied `banned`.
  Task<Result<SignedInPlayer>> login(std::string app, std::string username, std::string password, std::string address);
  /// The player of this device, made when it is the first time. Errors: kInvalid, kDenied `banned`.
  Task<Result<SignedInPlayer>> device(std::string app, std::string device_id, std::string address);
  /// A new pair of tokens for a refresh token, once. One that was used before ends its family: somebody else has it.
  /// Errors: kUnauthenticated `bad_refresh_token`, kDenied `banned`.
  Task<Result<SignedInPlayer>> refresh(std::string app, std::string token);
  /// Ends the family that the token belongs to.
  Task<Result<void>> logout(const Principal& who);
  /// Gives an account that has none a name and a password. Errors: kInvalid, kConflict `username_taken`, `linked_already`.
  Task<Result<Player>> link(const Principal& who, std::string username, std::string password);
  /// Ends all other families. Errors: kDenied `wrong_password`, kConflict `no_password`, kInvalid.
  Task<Result<void>> change_password(const Principal& who, std::string old_password, std::string new_password,
                                     std::string address);
  /// Whether it is still the player themselves who asks. Errors: kDenied `wrong_password`, `wrong_device`, kInvalid.
  Task<Result<void>> prove(const Principal& who, Proof proof, std::string address);
  /// Whether who asks by a player's token has shown more than that: the account's password; or there is none to show.
  /// Errors: kDenied `wrong_password`.
  Task<Result<bool>> proves_password(const Principal& who, std::optional<std::string> password, std::string address);
  Families& families() { return families_; }

  /// By what an identity provider says (identities.h): the player of this identity, made when it is the first time.
  Task<Result<SignedInPlayer>> enter_by(std::string app, gate::Digest identity);
  /// kConflict `identity_taken`, `too_many`.
  Task<Result<void>> link_identity(const Principal& who, gate::Digest identity);
  Task<Result<bool>> has_identity(const Principal& who, gate::Digest identity);
  /// Counts an attempt. `account` empty: none is named.
  Result<void> allow(const std::string& app, const std::string& account, const std::string& address);
  /// By the name's folded form (username.h).
  Task<Result<std::optional<Player>>> find_by_username(std::string app, std::string folded);
  /// kUnauthenticated when there is no such player any more.
  Task<Result<Player>> player_of(std::string app, std::string id);
  Task<Result<bool>> has_password(std::string app, std::string player_id);
  /// In one write set with `with`; all families but `but` end. The password was checked to be one.
  Task<Result<void>> replace_password(std::string app, std::string player_id, std::string password, std::string but,
                                      ports::WriteSet with);

 private:
  /// The player whom these credentials sign in, made when it is the first time. They hold one digest, of that index.
  Task<Result<SignedInPlayer>> enter(std::string app, Credentials by, const char* index);
  Task<Result<SignedInPlayer>> admit(const Player& player, ports::WriteSet with, bool created);
  Task<Result<int64_t>> rating_of(const Player& player);
  SignedInPlayer show(const Player& player, int64_t rating, const RefreshToken& refresh) const;
  ports::Fact registered(const Player& player, const char* how) const;

  ports::DocumentStore& documents_;
  gate::PlayerAccess& access_;
  ports::PasswordAuthority& passwords_;
  const Clock& clock_;
  AccountOptions options_;
  Families families_;
  Attempts attempts_;
};

}  // namespace gamekeeper::play
