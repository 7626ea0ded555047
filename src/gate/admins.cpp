#include "gate/admins.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/ids.h"
#include "gate/records.h"

namespace gamekeeper::gate {
namespace {

namespace json = boost::json;

constexpr const char* kAdminsCollection = "gate_admins";
constexpr const char* kSignedOut = "gate_signed_out";
constexpr UnixMillis kLinkLifeMs = 10 * 60 * 1000;
constexpr size_t kVerifiedMax = 4096;

int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

std::unexpected<Error> slow_down(Rate rate, int64_t wait_ns) {
  Error error{ErrorKind::kRateLimited, "rate_limited", "Too many attempts to sign in; wait a little.", "username",
              std::to_string(rate.amount)};
  error.retry_after = std::chrono::milliseconds(wait_ns / 1'000'000 + 1);
  return std::unexpected(error);
}

Admin admin_of(const json::object& o) {
  Admin admin{.username = text_of(o, "username"),
              .role = role_of(text_of(o, "role")).value_or(AdminRole::kNone),
              .apps = {},
              .created_at = number_of(o, "created_at"),
              .password_hash = text_of(o, "password_hash")};
  if (const json::value* apps = o.if_contains("apps"); apps && apps->is_array()) {
    for (const json::value& app : apps->as_array()) admin.apps.emplace_back(app.as_string());
  }
  return admin;
}

ports::Put admin_put(const Admin& admin) {
  json::object body{{"username", admin.username},
                    {"role", role_name(admin.role)},
                    {"created_at", admin.created_at},
                    {"password_hash", admin.password_hash}};
  body["apps"] = json::array(admin.apps.begin(), admin.apps.end());
  return {.collection = kAdminsCollection,
          .id = admin.username,
          .body = json::serialize(body),
          .entries = {{"all", sortable(admin.created_at) + admin.username}},
          .expected = 0};
}

}  // namespace

Admins::Admins(ports::DocumentStore& store, Tokens& tokens, Passwords& passwords, const Clock& clock,
               LoginLimits limits)
    : store_(store), tokens_(tokens), passwords_(passwords), clock_(clock), limits_(limits), watch_(store) {}

Task<Result<void>> Admins::load() {
  auto epoch = co_await read_epoch(store_);  // first: what is read after it is at least as new
  auto admins = co_await read_all(store_, kAdminsCollection);
  auto signed_out = co_await read_all(store_, kSignedOut);
  for (const Error* error : {epoch ? nullptr : &epoch.error(), admins ? nullptr : &admins.error(),
                             signed_out ? nullptr : &signed_out.error()}) {
    if (error) co_return std::unexpected(*error);
  }
  auto next = std::make_shared<Book>();
  next->epoch = *epoch;
  for (const auto& document : *admins) {
    auto o = parse_record(document);
    if (!o) co_return std::unexpected(o.error());
    auto admin = std::make_shared<const Admin>(admin_of(*o));
    next->admins.emplace(admin->username, std::move(admin));
  }
  for (const auto& document : *signed_out) {
    auto o = parse_record(document);
    if (!o) co_return std::unexpected(o.error());
    next->signed_out.emplace(document.id, number_of(*o, "expires"));
  }
  book_.publish(std::move(next), *epoch);
  co_return Result<void>{};
}

Task<Result<void>> Admins::refresh() {
  auto moved = co_await watch_.moved(book_.epoch());
  if (!moved) co_return std::unexpected(moved.error());
  if (!*moved) co_return Result<void>{};
  if (auto ok = co_await tokens_.load(); !ok) co_return ok;
  co_return co_await load();
}

Task<Result<void>> Admins::commit(ports::Put put) {
  ports::WriteSet set;
  set.puts.push_back(std::move(put));
  set.puts.push_back(epoch_moves());
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await load();
}

Task<Result<void>> Admins::create(std::string username, std::string password, AdminRole role,
                                  std::vector<std::string> apps) {
  if (username.empty() || username.size() > 64)
    co_return fail(ErrorKind::kInvalid, "bad_length", "A username has 1 to 64 characters.", "username",
                   "64 characters");
  if (auto ok = check_new_password(password); !ok) co_return ok;
  auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return std::unexpected(hash.error());
  auto done = co_await commit(admin_put({std::move(username), role, std::move(apps), clock_.now_ms(), *hash}));
  if (!done && is_conflict(done.error()))
    co_return fail(ErrorKind::kConflict, "exists", "There is an administrator of this name already.", "username");
  co_return done;
}

Task<Result<void>> Admins::remove(std::string username) {
  auto book = book_.share();
  if (!book->admins.contains(username))
    co_return fail(ErrorKind::kNotFound, "not_found", "There is no such administrator.", "username");
  const bool others = std::ranges::any_of(book->admins, [&](const auto& entry) {
    return entry.first != username && entry.second->role == AdminRole::kAdmin && entry.second->apps.empty();
  });
  const Admin& gone = *book->admins.at(username);
  if (!others && gone.role == AdminRole::kAdmin && gone.apps.empty()) {
    co_return fail(ErrorKind::kConflict, "last_admin",
                   "Nobody else may manage the house: make another administrator first.", "username");
  }
  co_return co_await commit({.collection = kAdminsCollection, .id = std::move(username), .remove = true});
}

SignedIn Admins::sign_in(const Admin& admin) {
  const UnixMillis now = clock_.now_ms();
  TokenClaims claims{admin.username, std::string(role_name(admin.role)), to_string(make_uuid_v7(now)),
                     now + kTokenLifeMs, now};
  return {tokens_.issue(claims, now), kTokenLifeMs / 1000, admin.username, admin.role};
}

Task<Result<void>> Admins::allow_attempt(std::string username, std::string address) {
  const int64_t now = now_ns();
  if (const int64_t wait = attempts_.take("address " + address, limits_.per_address, 1, now); wait > 0)
    co_return slow_down(limits_.per_address, wait);
  // The account's bucket is kept by address too: an attacker elsewhere does not lock the owner out.
  if (const int64_t wait = attempts_.take("account " + username + " " + address, limits_.per_account, 1, now); wait > 0)
    co_return slow_down(limits_.per_account, wait);
  co_return Result<void>{};
}

Task<Result<SignedIn>> Admins::login(std::string username, std::string password, std::string address) {
  if (auto ok = co_await allow_attempt(username, std::move(address)); !ok) co_return std::unexpected(ok.error());
  const auto admin = find(username);
  auto right = admin ? co_await passwords_.verify(std::move(password), admin->password_hash)
                     : co_await passwords_.verify_nobody(std::move(password));
  if (!right) co_return std::unexpected(right.error());
  if (!*right)
    co_return fail(ErrorKind::kUnauthenticated, "wrong_credentials", "The username or the password is wrong.");
  co_return sign_in(*admin);
}

std::string Admins::make_link(const std::string& username) {
  std::string token = random_token(32);
  std::lock_guard lock(mutex_);
  links_[digest_of(token)] = {username, clock_.now_ms() + kLinkLifeMs};
  return token;
}

Task<Result<SignedIn>> Admins::use_link(std::string token) {
  Link link;
  {
    std::lock_guard lock(mutex_);
    auto found = links_.find(digest_of(token));
    if (found != links_.end()) {
      link = found->second;
      links_.erase(found);
    }
  }
  const auto admin = find(link.username);
  if (link.expires < clock_.now_ms() || !admin) {
    co_return fail(
        ErrorKind::kUnauthenticated, "bad_link",
        "The link has been used or is too old; sign in with the password, or restart the server for a new link.");
  }
  co_return sign_in(*admin);
}

Task<Result<void>> Admins::logout(std::string token) {
  const UnixMillis now = clock_.now_ms();
  auto claims = check(token, now);
  if (!claims)
    co_return fail(ErrorKind::kUnauthenticated, "unauthenticated", "The token is unknown, expired or revoked.",
                   "Authorization");
  co_return co_await commit({.collection = kSignedOut,
                             .id = claims->id,
                             .body = json::serialize(json::object{{"expires", claims->expires}}),
                             .entries = {{"all", sortable(now) + claims->id}, {"expires", sortable(claims->expires)}}});
}

Task<Result<void>> Admins::rotate_signing_key(int64_t overlap_ms) {
  co_return co_await tokens_.rotate(clock_.now_ms(), overlap_ms);
}

Task<Result<size_t>> Admins::sweep() { co_return co_await purge_expired(store_, kSignedOut, clock_.now_ms()); }

std::optional<TokenClaims> Admins::check(std::string_view token, UnixMillis now) {
  const Digest digest = digest_of(token);
  const uint64_t ring = tokens_.version();
  const auto book = book_.share();
  {
    std::lock_guard lock(mutex_);
    auto known = verified_.find(digest);
    if (known != verified_.end() && known->second.book == book->epoch && known->second.ring == ring) {
      if (known->second.claims.expires <= now) return std::nullopt;
      return known->second.claims;
    }
  }
  auto claims = tokens_.verify(token, now);
  if (!claims || book->signed_out.contains(claims->id)) return std::nullopt;
  auto admin = book->admins.find(claims->subject);
  if (admin == book->admins.end() || role_name(admin->second->role) != claims->own) return std::nullopt;
  // A name that was removed and given again does not bring old tokens back (iat is in whole seconds).
  if (claims->issued < admin->second->created_at / 1000 * 1000) return std::nullopt;
  std::lock_guard lock(mutex_);
  if (verified_.size() >= kVerifiedMax) verified_.clear();
  verified_[digest] = {*claims, book->epoch, ring};
  return claims;
}

std::shared_ptr<const Admin> Admins::find(std::string_view username) const {
  const auto& admins = book_.peek().admins;
  auto found = admins.find(username);
  return found == admins.end() ? nullptr : found->second;
}

std::vector<Admin> Admins::list() const {
  std::vector<Admin> out;
  for (const auto& [name, admin] : book_.share()->admins) out.push_back(*admin);
  return out;
}

}  // namespace gamekeeper::gate
