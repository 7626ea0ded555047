#include <algorithm>

#include "gate/passwords.h"
#include "gate/records.h"
#include "play/accounts/accounts.h"
#include "play/accounts/mail_token.h"
#include "play/accounts/own_passwords.h"

namespace gamekeeper::play {
namespace {

constexpr size_t kIdentitiesMax = 10;  // of a player
constexpr int kLinkTries = 5;          // of a link that meets changes of the account

}  // namespace

Task<Result<void>> Accounts::change_password(const Principal& who, std::string old_password, std::string new_password,
                                             std::string address) {
  if (auto ok = gate::check_player_password(new_password, "new"); !ok) co_return ok;
  if (auto ok = allow(who.app, who.subject, address); !ok) co_return ok;
  auto has = co_await passwords_.has(who.app, who.subject);
  if (!has) co_return std::unexpected(has.error());
  if (!*has)
    co_return fail(ErrorKind::kConflict, "no_password", "This account has no password; link it to a name first.",
                   "old");
  auto right = co_await passwords_.check(who.app, who.subject, std::move(old_password));
  if (!right) co_return std::unexpected(right.error());
  if (!*right) co_return fail(ErrorKind::kDenied, "wrong_password", "The old password is wrong.", "old");
  ports::WriteSet set;  // a mail that is under way is over with the password it was to replace
  set.puts.push_back({.collection = kMailTokens,
                      .id = mail_token_id(who.app, who.subject, MailPurpose::kResetPassword),
                      .remove = true});
  co_return co_await replace_password(who.app, who.subject, std::move(new_password), who.session, std::move(set));
}

Task<Result<bool>> Accounts::has_password(std::string app, std::string player_id) {
  return passwords_.has(std::move(app), std::move(player_id));
}

Task<Result<void>> Accounts::replace_password(std::string app, std::string player_id, std::string password,
                                              std::string but, ports::WriteSet with) {
  auto secret = co_await passwords_.set(app, player_id, std::move(password));
  if (!secret) co_return std::unexpected(secret.error());
  with.puts.insert(with.puts.end(), secret->begin(), secret->end());
  auto endings = co_await families_.add_endings(with, app, player_id, but);
  if (!endings) co_return std::unexpected(endings.error());
  auto done = co_await documents_.commit(std::move(with));
  if (!done) co_return std::unexpected(done.error());
  families_.apply(*endings);
  co_return co_await families_.end_all(std::move(app), std::move(player_id), std::move(but));  // that came meanwhile
}

Task<Result<void>> Accounts::prove(const Principal& who, Proof proof, std::string address) {
  if (auto ok = allow(who.app, who.subject, address); !ok) co_return ok;
  if (proof.password) {
    auto right = co_await passwords_.check(who.app, who.subject, std::move(*proof.password));
    if (!right) co_return std::unexpected(right.error());
    if (*right) co_return Result<void>{};
    co_return fail(ErrorKind::kDenied, "wrong_password", "The password is wrong.", "password");
  }
  if (!proof.device_id)
    co_return fail(ErrorKind::kInvalid, "required",
                   "Say again who you are: by password, by device_id, or by provider and id_token.", "password");
  auto credentials = co_await load_credentials(documents_, who.app, who.subject);
  if (!credentials) co_return std::unexpected(credentials.error());
  const gate::Digest digest = device_digest(who.app, *proof.device_id);
  if (std::ranges::find(credentials->devices, digest) != credentials->devices.end()) co_return Result<void>{};
  co_return fail(ErrorKind::kDenied, "wrong_device", "The account was not made by this device.", "device_id");
}

Task<Result<bool>> Accounts::proves_password(const Principal& who, std::optional<std::string> password,
                                             std::string address) {
  if (password) {
    auto proven = co_await prove(who, {.password = std::move(password), .device_id = {}}, std::move(address));
    if (!proven) co_return std::unexpected(proven.error());
    co_return true;
  }
  auto has = co_await passwords_.has(who.app, who.subject);
  if (!has) co_return std::unexpected(has.error());
  co_return !*has;
}

Task<Result<bool>> Accounts::has_identity(const Principal& who, gate::Digest identity) {
  auto credentials = co_await load_credentials(documents_, who.app, who.subject);
  if (!credentials) co_return std::unexpected(credentials.error());
  co_return std::ranges::find(credentials->identities, identity) != credentials->identities.end();
}

Task<Result<void>> Accounts::link_identity(const Principal& who, gate::Digest identity) {
  for (int tries = 0; tries < kLinkTries; ++tries) {
    auto player = co_await player_of(who.app, who.subject);
    if (!player) co_return std::unexpected(player.error());
    auto credentials = co_await load_credentials(documents_, who.app, who.subject);
    if (!credentials) co_return std::unexpected(credentials.error());
    if (std::ranges::find(credentials->identities, identity) != credentials->identities.end()) co_return Result<void>{};
    if (credentials->identities.size() >= kIdentitiesMax)
      co_return fail(ErrorKind::kConflict, "too_many", "An account has at most ten identities.", "provider", "10");
    credentials->identities.push_back(identity);
    ports::WriteSet set;
    set.puts.push_back(put_of(*credentials));
    auto done = co_await documents_.commit(std::move(set));
    if (done) co_return Result<void>{};
    if (done.error().code == "unique")
      co_return fail(ErrorKind::kConflict, "identity_taken", "This identity signs in to another account.", "id_token");
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This account is being changed by many at once; try again.");
}

}  // namespace gamekeeper::play
