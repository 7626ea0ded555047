#include "gate/admins.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/ids.h"
#include "gate/records.h"

namespace gamekeeper::gate {
namespace {

namespace json = boost::json;

constexpr const char* kCollection = "gate_admins";
constexpr UnixMillis kTokenLifeMs = 12 * 3600 * 1000;
constexpr UnixMillis kLinkLifeMs = 10 * 60 * 1000;
constexpr size_t kVerifiedMax = 4096;

int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

std::unexpected<Error> slow_down(int64_t wait_ns) {
  Error error{ErrorKind::kRateLimited, "rate_limited", "Too many attempts; wait a little.", "username"};
  error.retry_after = std::chrono::milliseconds(wait_ns / 1'000'000 + 1);
  return std::unexpected(error);
}

}  // namespace

Admins::Admins(ports::DocumentStore& store, Tokens& tokens, Passwords& passwords, const Clock& clock, LoginLimits limits)
    : store_(store), tokens_(tokens), passwords_(passwords), clock_(clock), limits_(limits) {}

Task<Result<void>> Admins::load() {
  auto documents = co_await read_all(store_, kCollection);
  if (!documents) co_return std::unexpected(documents.error());
  auto next = std::make_shared<ByName>();
  for (const auto& document : *documents) {
    auto o = parse_record(document);
    if (!o) co_return std::unexpected(o.error());
    Admin admin{text_of(*o, "username"), role_of(text_of(*o, "role")).value_or(AdminRole::kNone), number_of(*o, "created_at"), text_of(*o, "password_hash")};
    next->emplace(admin.username, std::move(admin));
  }
  std::lock_guard lock(mutex_);
  verified_.clear();
  published_.publish(std::move(next), ++loads_);
  co_return Result<void>{};
}

Task<Result<void>> Admins::create(std::string username, std::string password, AdminRole role) {
  if (username.empty() || username.size() > 64) co_return fail(ErrorKind::kInvalid, "bad_length", "A username has 1 to 64 characters.", "username", "64 characters");
  if (auto ok = check_new_password(password); !ok) co_return ok;
  auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return std::unexpected(hash.error());
  const UnixMillis now = clock_.now_ms();
  ports::WriteSet set;
  set.puts.push_back({.collection = kCollection, .id = username,
                      .body = json::serialize(json::object{{"username", username}, {"role", role_name(role)}, {"created_at", now}, {"password_hash", *hash}}),
                      .entries = {{"all", sortable(now) + username}}, .expected = 0});
  auto done = co_await store_.commit(std::move(set));
  if (!done) {
    if (is_conflict(done.error())) co_return fail(ErrorKind::kConflict, "exists", "There is an administrator of this name already.", "username");
    co_return std::unexpected(done.error());
  }
  co_return co_await load();
}

Task<Result<void>> Admins::remove(std::string username) {
  if (!published_.share()->contains(username)) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such administrator.", "username");
  ports::WriteSet set;
  set.puts.push_back({.collection = kCollection, .id = std::move(username), .remove = true});
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await load();
}

SignedIn Admins::sign_in(const Admin& admin) {
  const UnixMillis now = clock_.now_ms();
  AdminClaims claims{admin.username, admin.role, to_string(make_uuid_v7(now)), now + kTokenLifeMs};
  return {tokens_.issue(claims, now), kTokenLifeMs / 1000, admin.username, admin.role};
}

Task<Result<SignedIn>> Admins::login(std::string username, std::string password, std::string address) {
  if (const int64_t wait = attempts_.take("address " + address, limits_.per_address, 1, now_ns()); wait > 0) co_return slow_down(wait);
  // The account's bucket is kept by address too: an attacker elsewhere does not lock the owner out.
  if (const int64_t wait = attempts_.take("account " + username + " " + address, limits_.per_account, 1, now_ns()); wait > 0) co_return slow_down(wait);
  auto admins = published_.share();
  auto found = admins->find(username);
  auto right = found == admins->end() ? co_await passwords_.verify_nobody(std::move(password))
                                      : co_await passwords_.verify(std::move(password), found->second.password_hash);
  if (!right) co_return std::unexpected(right.error());
  if (!*right) co_return fail(ErrorKind::kUnauthenticated, "wrong_credentials", "The username or the password is wrong.");
  co_return sign_in(found->second);
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
  auto admins = published_.share();
  auto admin = admins->find(link.username);
  if (link.expires < clock_.now_ms() || admin == admins->end()) {
    co_return fail(ErrorKind::kUnauthenticated, "bad_link", "The link has been used or is too old; sign in with the password, or restart the server for a new link.");
  }
  co_return sign_in(admin->second);
}

void Admins::logout(const AdminClaims& claims) {
  std::lock_guard lock(mutex_);
  std::erase_if(logged_out_, [now = clock_.now_ms()](const auto& entry) { return entry.second < now; });
  logged_out_[claims.id] = claims.expires;
  verified_.clear();
}

std::optional<AdminClaims> Admins::check(std::string_view token, UnixMillis now) {
  const Digest digest = digest_of(token);
  {
    std::lock_guard lock(mutex_);
    auto known = verified_.find(digest);
    if (known != verified_.end() && known->second.expires > now) return known->second;
  }
  auto claims = tokens_.verify(token, now);
  if (!claims) return std::nullopt;
  auto admins = published_.share();
  auto admin = admins->find(claims->subject);
  if (admin == admins->end() || admin->second.role != claims->role) return std::nullopt;
  // A name that was removed and given again does not bring old tokens back (iat is in whole seconds).
  if (claims->issued < admin->second.created_at / 1000 * 1000) return std::nullopt;
  std::lock_guard lock(mutex_);
  if (logged_out_.contains(claims->id)) return std::nullopt;
  if (verified_.size() >= kVerifiedMax) verified_.clear();
  verified_[digest] = *claims;
  return claims;
}

std::vector<Admin> Admins::list() const {
  std::vector<Admin> out;
  for (const auto& [name, admin] : *published_.share()) out.push_back(admin);
  return out;
}

}  // namespace gamekeeper::gate
