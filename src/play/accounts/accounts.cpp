#include "play/accounts/accounts.h"

#include "base/ids.h"
#include "events/event.h"
#include "events/extract.h"
#include "events/fact.h"
#include "gate/records.h"
#include "play/accounts/email.h"
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

}  // namespace

Accounts::Accounts(ports::DocumentStore& documents, gate::PlayerAccess& access, ports::PasswordAuthority& passwords,
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
  const UnixMillis now = clock_.now_ms();
  Player player{.app = app,
                .id = to_string(make_uuid_v7(now)),
                .username = std::move(r.username),
                .username_folded = std::move(*folded),
                .email = r.email.value_or(""),
                .created_at = now};
  auto secret = co_await passwords_.set(app, player.id, std::move(r.password));
  if (!secret) co_return std::unexpected(secret.error());
  ports::WriteSet set{.puts = std::move(*secret)};
  set.puts.push_back(put_of(player));
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
  if (folded) {
    auto found = co_await find_by_username(app, *folded);
    if (!found) co_return std::unexpected(found.error());
    player = std::move(*found);
  }
  auto right = co_await passwords_.check(app, player ? player->id : std::string(), std::move(password));
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
  co_return co_await enter(std::move(app), {.devices = {digest}}, "device");
}

Task<Result<SignedInPlayer>> Accounts::enter_by(std::string app, gate::Digest identity) {
  return enter(std::move(app), {.identities = {identity}}, "identity");
}

Task<Result<SignedInPlayer>> Accounts::enter(std::string app, Credentials by, const char* index) {
  const gate::Digest digest = by.devices.empty() ? by.identities.front() : by.devices.front();
  const std::string key = scoped(app, gate::hex(digest));
  for (int tries = 0; tries < 3; ++tries) {
    auto page = co_await documents_.query(
        {.collection = kCredentials, .index = index, .from = key, .to = key + '\0', .limit = 1});
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
    by.app = app;
    by.player_id = player.id;
    ports::WriteSet set;
    set.puts.push_back(put_of(player));
    set.puts.push_back(put_of(by));
    set.facts.push_back(registered(player, index));
    auto in = co_await admit(player, std::move(set), true);
    // Another request of the same one was faster: its player is ours.
    if (in || in.error().code != "unique") co_return in;
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "The same one signs in too often at the same moment.");
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
  auto has = co_await passwords_.has(who.app, who.subject);
  if (!has) co_return std::unexpected(has.error());
  if (*has)
    co_return fail(ErrorKind::kConflict, "linked_already", "This account has a name and a password already.",
                   "username");
  player->username = std::move(username);
  player->username_folded = std::move(*folded);
  auto secret = co_await passwords_.set(who.app, who.subject, std::move(password));
  if (!secret) co_return std::unexpected(secret.error());
  ports::WriteSet set;
  set.puts.push_back(put_of(*player));
  set.puts.insert(set.puts.end(), secret->begin(), secret->end());
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(taken_or(done.error(), "username"));
  player->version = done->front();
  co_return player;
}

}  // namespace gamekeeper::play
