#include "play/accounts/accounts.h"

#include <algorithm>

#include "base/ids.h"
#include "events/event.h"
#include "events/extract.h"
#include "events/fact.h"
#include "gate/records.h"
#include "play/accounts/email.h"
#include "play/accounts/mail_token.h"
#include "play/accounts/username.h"

namespace gamekeeper::play {
namespace {

std::unexpected<Error> wrong_credentials() {
  return fail(ErrorKind::kUnauthenticated, "wrong_credentials", "The username or the password is wrong.");
}

std::unexpected<Error> bad_refresh_token() {
  return fail(ErrorKind::kUnauthenticated, "bad_refresh_token",
              "The refresh token is unknown, used or over; sign in again.", "refresh_token");
}

std::unexpected<Error> gone() {
  return fail(ErrorKind::kUnauthenticated, "unauthenticated", "The player of this token no longer exists.",
              "Authorization");
}

std::unexpected<Error> banned(const Ban& ban) {
  Error error{ErrorKind::kDenied, "banned", "This account is banned: " + ban.reason, "player_id"};
  if (ban.until != 0) error.limit = format_time(ban.until);
  return std::unexpected(error);
}

Error taken_or(const Error& error, std::string_view index) {
  if (error.kind == ErrorKind::kConflict && error.code == "unique" && error.limit == index)
    return {ErrorKind::kConflict, "username_taken", "There is a player of this name already.", "username"};
  return error;
}

gate::Digest device_digest(const std::string& app, const std::string& device_id) {
  return gate::digest_of_parts({"device", app, device_id});
}

}  // namespace

Accounts::Accounts(ports::DocumentStore& documents, gate::PlayerAccess& access, gate::Passwords& passwords,
                   const Clock& clock, AccountOptions options)
    : documents_(documents),
      access_(access),
      passwords_(passwords),
      clock_(clock),
      options_(options),
      families_(documents, access, clock, options.refresh_life_ms) {}

Result<void> Accounts::allow(const std::string& app, const std::string& account, const std::string& address) {
  constexpr const char* kTooMany = "Too many attempts to sign in";
  auto ok = attempts_.take("address " + address, options_.logins.per_address, kTooMany);
  if (!ok || account.empty()) return ok;
  // The account's bucket is kept by address too: an attacker elsewhere does not lock the owner out.
  return attempts_.take("account " + app + "/" + account + " " + address, options_.logins.per_account, kTooMany);
}

Task<Result<std::optional<Player>>> Accounts::find_by_username(std::string app, std::string folded) {
  const std::string key = scoped(app, folded);
  auto page = co_await documents_.query(
      {.collection = kPlayers, .index = "username", .from = key, .to = key + '\0', .limit = 1});
  if (!page) co_return std::unexpected(page.error());
  if (page->items.empty()) co_return std::optional<Player>();
  auto player = read_player(page->items.front());
  if (!player) co_return std::unexpected(player.error());
  co_return std::optional(std::move(*player));
}

Task<Result<Player>> Accounts::player_of(std::string app, std::string id) {
  auto document = co_await documents_.get(kPlayers, scoped(app, id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return gone();
  co_return read_player(**document);
}

Task<Result<Credentials>> Accounts::credentials_of(std::string app, std::string id) {
  auto document = co_await documents_.get(kCredentials, scoped(app, id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return Credentials{.app = std::move(app), .player_id = std::move(id)};
  co_return read_credentials(**document);
}

SignedInPlayer Accounts::show(const Player& player, int64_t rating, const RefreshToken& refresh) const {
  return {.player_id = player.id,
          .username = player.username,
          .rating = rating,
          .access_token = access_.issue(player.app, player.id, refresh.family),
          .refresh_token = write_refresh_token(refresh),
          .expires_in = gate::PlayerAccess::kTokenLifeMs / 1000};
}

ports::Fact Accounts::registered(const Player& player, const char* how) const {
  const std::string properties = std::string(R"({"by":")") + how + "\"}";
  return {scoped(player.app, player.id), events::fact_row({.app = player.app,
                                                           .player_id = player.id,
                                                           .name = "player.registered",
                                                           .at = player.created_at,
                                                           .properties = properties})};
}

Task<Result<int64_t>> Accounts::rating_of(const Player& player) {
  auto record = co_await read_record(documents_, player.app, player.id);
  if (!record) co_return std::unexpected(record.error());
  co_return record->current_rating;
}

/// Begins a family, in one write set with what made the player.
Task<Result<SignedInPlayer>> Accounts::admit(const Player& player, ports::WriteSet with, bool created) {
  const UnixMillis now = clock_.now_ms();
  if (player.ban && player.ban->holds(now)) co_return banned(*player.ban);
  Result<int64_t> rating = kFirstRating;
  if (!created) rating = co_await rating_of(player);
  if (!rating) co_return std::unexpected(rating.error());
  auto token = co_await families_.begin(player.app, player.id, std::move(with), created);
  if (!token) co_return std::unexpected(token.error());
  SignedInPlayer out = show(player, *rating, *token);
  out.created = created;
  co_return out;
}

Task<Result<SignedInPlayer>> Accounts::sign_up(std::string app, Registration r, std::string address) {
  auto folded = fold_username(r.username);
  if (!folded) co_return std::unexpected(folded.error());
  if (auto ok = gate::check_player_password(r.password); !ok) co_return std::unexpected(ok.error());
  if (r.email) {
    if (auto ok = check_email(*r.email); !ok) co_return std::unexpected(ok.error());
  }
  if (auto ok = allow(app, {}, address); !ok) co_return std::unexpected(ok.error());
  auto there = co_await find_by_username(app, *folded);
  if (!there) co_return std::unexpected(there.error());
  if (*there) co_return std::unexpected(taken_or({ErrorKind::kConflict, "unique", {}, {}, "username"}, "username"));
  auto hash = co_await passwords_.hash(std::move(r.password));
  if (!hash) co_return std::unexpected(hash.error());

  const UnixMillis now = clock_.now_ms();
  Player player{.app = app,
                .id = to_string(make_uuid_v7(now)),
                .username = std::move(r.username),
                .username_folded = std::move(*folded),
                .email = r.email.value_or(""),
                .created_at = now};
  ports::WriteSet set;
  set.puts.push_back(put_of(player));
  set.puts.push_back(put_of(Credentials{.app = app, .player_id = player.id, .password_hash = std::move(*hash)}));
  set.facts.push_back(registered(player, "password"));
  auto in = co_await admit(player, std::move(set), true);
  if (!in) co_return std::unexpected(taken_or(in.error(), "username"));
  co_return in;
}

Task<Result<SignedInPlayer>> Accounts::login(std::string app, std::string username, std::string password,
                                             std::string address) {
  // A name that could not exist costs what an unknown one costs.
  auto folded = fold_username(username);
  if (auto ok = allow(app, folded.value_or(username), address); !ok) co_return std::unexpected(ok.error());
  std::optional<Player> player;
  std::string hash;
  if (folded) {
    auto found = co_await find_by_username(app, *folded);
    if (!found) co_return std::unexpected(found.error());
    player = std::move(*found);
  }
  if (player) {
    auto credentials = co_await credentials_of(app, player->id);
    if (!credentials) co_return std::unexpected(credentials.error());
    hash = std::move(credentials->password_hash);
  }
  auto right = hash.empty() ? co_await passwords_.verify_nobody(std::move(password))
                            : co_await passwords_.verify(std::move(password), std::move(hash));
  if (!right) co_return std::unexpected(right.error());
  if (!*right) co_return wrong_credentials();
  co_return co_await admit(*player, {}, false);
}

Task<Result<SignedInPlayer>> Accounts::device(std::string app, std::string device_id, std::string address) {
  if (!events::is_id_text(device_id))
    co_return fail(ErrorKind::kInvalid, "bad_value",
                   "A device's id has 1 to 128 characters, none of them a control character.", "device_id",
                   "1 to 128 characters");
  if (auto ok = allow(app, {}, address); !ok) co_return std::unexpected(ok.error());
  const gate::Digest digest = device_digest(app, device_id);
  const std::string key = scoped(app, gate::hex(digest));
  for (int tries = 0; tries < 3; ++tries) {
    auto page = co_await documents_.query(
        {.collection = kCredentials, .index = "device", .from = key, .to = key + '\0', .limit = 1});
    if (!page) co_return std::unexpected(page.error());
    if (!page->items.empty()) {
      auto credentials = read_credentials(page->items.front());
      if (!credentials) co_return std::unexpected(credentials.error());
      auto player = co_await player_of(app, credentials->player_id);
      if (!player) co_return std::unexpected(player.error());
      co_return co_await admit(*player, {}, false);
    }
    const UnixMillis now = clock_.now_ms();
    Player player{.app = app, .id = to_string(make_uuid_v7(now)), .created_at = now};
    ports::WriteSet set;
    set.puts.push_back(put_of(player));
    set.puts.push_back(put_of(Credentials{.app = app, .player_id = player.id, .devices = {digest}}));
    set.facts.push_back(registered(player, "device"));
    auto in = co_await admit(player, std::move(set), true);
    // Another request of the same device was faster: its player is ours.
    if (in || in.error().code != "unique") co_return in;
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This device signs in too often at the same moment.");
}

Task<Result<SignedInPlayer>> Accounts::refresh(std::string app, std::string text) {
  const auto token = read_refresh_token(text);
  if (!token) co_return bad_refresh_token();
  auto document = co_await documents_.get(kFamilies, scoped(app, token->family));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return bad_refresh_token();
  auto family = read_family(**document);
  if (!family) co_return std::unexpected(family.error());
  const UnixMillis now = clock_.now_ms();
  if (family->expires_at <= now || token->generation > family->generation) co_return bad_refresh_token();
  const bool newest = token->generation == family->generation;
  if (newest && gate::digest_of(token->secret) != family->digest) co_return bad_refresh_token();
  if (!newest) {
    if (auto ok = co_await families_.end(*family); !ok) co_return std::unexpected(ok.error());
    co_return bad_refresh_token();
  }
  auto player = co_await player_of(app, family->player_id);
  if (!player) co_return bad_refresh_token();
  if (player->ban && player->ban->holds(now)) co_return banned(*player->ban);

  auto next = co_await families_.turn(*family);
  if (!next && next.error().kind == ErrorKind::kConflict) {  // the same token twice at the same moment
    if (auto ok = co_await families_.end(*family); !ok) co_return std::unexpected(ok.error());
    co_return bad_refresh_token();
  }
  if (!next) co_return std::unexpected(next.error());
  auto rating = co_await rating_of(*player);
  if (!rating) co_return std::unexpected(rating.error());
  co_return show(*player, *rating, *next);
}

Task<Result<void>> Accounts::logout(const Principal& who) {
  co_return co_await families_.end({.app = who.app, .id = who.session, .player_id = who.subject});
}

Task<Result<Player>> Accounts::link(const Principal& who, std::string username, std::string password) {
  auto folded = fold_username(username);
  if (!folded) co_return std::unexpected(folded.error());
  if (auto ok = gate::check_player_password(password); !ok) co_return std::unexpected(ok.error());
  auto player = co_await player_of(who.app, who.subject);
  if (!player) co_return std::unexpected(player.error());
  auto credentials = co_await credentials_of(who.app, who.subject);
  if (!credentials) co_return std::unexpected(credentials.error());
  if (!credentials->password_hash.empty())
    co_return fail(ErrorKind::kConflict, "linked_already", "This account has a name and a password already.",
                   "username");
  auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return std::unexpected(hash.error());
  player->username = std::move(username);
  player->username_folded = std::move(*folded);
  credentials->password_hash = std::move(*hash);
  ports::WriteSet set;
  set.puts.push_back(put_of(*player));
  set.puts.push_back(put_of(*credentials));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(taken_or(done.error(), "username"));
  player->version = done->front();
  co_return player;
}

Task<Result<void>> Accounts::change_password(const Principal& who, std::string old_password, std::string new_password,
                                             std::string address) {
  if (auto ok = gate::check_player_password(new_password, "new"); !ok) co_return ok;
  if (auto ok = allow(who.app, who.subject, address); !ok) co_return ok;
  auto credentials = co_await credentials_of(who.app, who.subject);
  if (!credentials) co_return std::unexpected(credentials.error());
  if (credentials->password_hash.empty())
    co_return fail(ErrorKind::kConflict, "no_password", "This account has no password; link it to a name first.",
                   "old");
  auto right = co_await passwords_.verify(std::move(old_password), credentials->password_hash);
  if (!right) co_return std::unexpected(right.error());
  if (!*right) co_return fail(ErrorKind::kDenied, "wrong_password", "The old password is wrong.", "old");
  ports::WriteSet set;  // a mail that is under way is over with the password it was to replace
  set.puts.push_back({.collection = kMailTokens,
                      .id = mail_token_id(who.app, who.subject, MailPurpose::kResetPassword),
                      .remove = true});
  co_return co_await replace_password(who.app, who.subject, std::move(new_password), who.session, std::move(set));
}

Task<Result<bool>> Accounts::has_password(std::string app, std::string player_id) {
  auto credentials = co_await credentials_of(std::move(app), std::move(player_id));
  if (!credentials) co_return std::unexpected(credentials.error());
  co_return !credentials->password_hash.empty();
}

Task<Result<void>> Accounts::replace_password(std::string app, std::string player_id, std::string password,
                                              std::string but, ports::WriteSet with) {
  auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return std::unexpected(hash.error());
  auto credentials = co_await credentials_of(app, player_id);
  if (!credentials) co_return std::unexpected(credentials.error());
  credentials->password_hash = std::move(*hash);
  with.puts.push_back(put_of(*credentials));
  auto endings = co_await families_.add_endings(with, app, player_id, but);
  if (!endings) co_return std::unexpected(endings.error());
  auto done = co_await documents_.commit(std::move(with));
  if (!done) co_return std::unexpected(done.error());
  families_.apply(*endings);
  co_return co_await families_.end_all(std::move(app), std::move(player_id), std::move(but));  // that came meanwhile
}

Task<Result<void>> Accounts::prove(const Principal& who, Proof proof, std::string address) {
  if (auto ok = allow(who.app, who.subject, address); !ok) co_return ok;
  auto credentials = co_await credentials_of(who.app, who.subject);
  if (!credentials) co_return std::unexpected(credentials.error());
  if (proof.password) {
    auto right = credentials->password_hash.empty()
                     ? co_await passwords_.verify_nobody(std::move(*proof.password))
                     : co_await passwords_.verify(std::move(*proof.password), credentials->password_hash);
    if (!right) co_return std::unexpected(right.error());
    if (*right) co_return Result<void>{};
    co_return fail(ErrorKind::kDenied, "wrong_password", "The password is wrong.", "password");
  }
  if (!proof.device_id)
    co_return fail(ErrorKind::kInvalid, "required", "Say again who you are: by password or device_id.", "password");
  const gate::Digest digest = device_digest(who.app, *proof.device_id);
  if (std::ranges::find(credentials->devices, digest) != credentials->devices.end()) co_return Result<void>{};
  co_return fail(ErrorKind::kDenied, "wrong_device", "The account was not made by this device.", "device_id");
}

}  // namespace gamekeeper::play
