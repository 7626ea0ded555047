#include "gate/gate.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "net/router.h"

namespace gamekeeper::gate {
namespace {

int64_t steady_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

std::string_view bearer(std::string_view authorization) {
  if (authorization.size() < 7) return {};
  static constexpr std::string_view kScheme = "bearer ";
  const bool same = std::equal(kScheme.begin(), kScheme.end(), authorization.begin(),
                               [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  if (!same) return {};
  std::string_view rest = authorization.substr(7);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return rest;
}

std::unexpected<Error> unauthenticated(const char* message) {
  return fail(ErrorKind::kUnauthenticated, "unauthenticated", message, "Authorization");
}

/// A foreign app and an unknown one are answered alike, wherever they were named.
std::unexpected<Error> no_such_app(bool in_path) {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such app.", in_path ? "app" : "Gamekeeper-App");
}

std::unexpected<Error> rate_limited(int64_t rate, int64_t wait_ns) {
  Error error{ErrorKind::kRateLimited, "rate_limited", "The rate of this key or token is used up; wait a little.",
              "Authorization", std::to_string(rate)};
  error.retry_after = std::chrono::milliseconds(wait_ns / 1'000'000 + 1);
  return std::unexpected(error);
}

/// For whoever asks, with whatever credentials.
bool is_open(const net::RoutePolicy& policy) { return policy.anonymous && !policy.sole_app; }

bool lets(const net::RoutePolicy& policy, PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kWriteKey:
      return policy.write_key;
    case PrincipalKind::kReadKey:
      return policy.read_key;
    case PrincipalKind::kServerKey:
      return policy.server_key;
    case PrincipalKind::kPlayer:
      return policy.player;
    default:
      return false;
  }
}

}  // namespace

std::string_view credential_of(const net::RequestHead& head) {
  const std::string_view credential = bearer(head.header("Authorization"));
  return credential.empty() ? head.header("X-API-Key") : credential;
}

Gate::Gate(GateParts parts, const Clock& clock, GateOptions options)
    : parts_(parts), clock_(clock), options_(options) {}

Task<Result<Principal>> Gate::admit(const net::Request& request, const net::RoutePolicy& policy) {
  const std::string_view in_path = request.param("app");
  const std::string_view app = in_path.empty() ? request.header("Gamekeeper-App") : in_path;
  auto who = admit_now({credential_of(request), app, !in_path.empty()}, policy);
  // Whoever may call without credentials is not turned away for the app that their credentials do not fit.
  if (!who && is_open(policy) && who.error().kind == ErrorKind::kNotFound) co_return Principal{};
  co_return who;
}

Result<Principal> Gate::authenticate(std::string_view authorization, std::string_view app,
                                     const net::RoutePolicy& policy) {
  return admit_now({bearer(authorization), app}, policy);
}

Result<Principal> Gate::admit_now(const Asked& asked, const net::RoutePolicy& policy) {
  if (asked.credential.empty()) {
    if (policy.anonymous) return admit_nobody(asked, policy);
    return unauthenticated("This call needs a key or a token.");
  }
  const UnixMillis now = clock_.now_ms();
  if (asked.credential.starts_with("gk_")) {
    const Snapshot& snapshot = parts_.directory.peek();
    auto found = snapshot.keys.find(digest_of(asked.credential));
    if (found != snapshot.keys.end() && !found->second->key.has_expired(now))
      return admit_key(*found->second, asked, policy);
  } else if (auto player = parts_.players.check(asked.credential, now)) {  // first: there are many
    return admit_player(*player, asked, policy);
  } else if (auto claims = parts_.admins.check(asked.credential, now)) {
    return admit_admin(*claims, asked, policy);
  }
  if (is_open(policy)) return Principal{};
  return unauthenticated("The key or token is unknown, expired or revoked.");
}

Result<Principal> Gate::admit_key(const LiveKey& live, const Asked& asked, const net::RoutePolicy& policy) {
  const Key& key = live.key;
  const int64_t rate = live.requests_per_second > 0 ? live.requests_per_second : options_.requests_per_second;
  if (const int64_t wait = live.requests->take({rate}, policy.cost, steady_ns()); wait > 0)
    return rate_limited(rate, wait);
  live.used->store(clock_.now_ms(), std::memory_order_relaxed);
  if (!is_open(policy) && !lets(policy, key.kind)) {
    return fail(ErrorKind::kDenied, "wrong_kind", "A key of this kind may not make this call.", "Authorization");
  }
  if (!asked.app.empty() && asked.app != key.app) return no_such_app(asked.app_in_path);
  return Principal{.app = key.app, .kind = key.kind, .subject = key.id, .key_id = key.id};
}

Result<Principal> Gate::admit_admin(const TokenClaims& claims, const Asked& asked, const net::RoutePolicy& policy) {
  const auto admin = parts_.admins.find(claims.subject);
  if (!admin) return unauthenticated("The key or token is unknown, expired or revoked.");
  if (const int64_t wait =
          admin_requests_.take(claims.subject, {options_.requests_per_second}, policy.cost, steady_ns());
      wait > 0) {
    return rate_limited(options_.requests_per_second, wait);
  }
  if (!is_open(policy) && (policy.admin == AdminRole::kNone || admin->role < policy.admin)) {
    return fail(ErrorKind::kDenied, "wrong_role", "Your role may not make this call.", "Authorization");
  }
  if (policy.whole_house && !admin->apps.empty()) {
    return fail(ErrorKind::kDenied, "limited_to_apps",
                "You look after certain apps; this call is about the whole house.", "Authorization");
  }
  auto app = app_of(*admin, asked, policy);
  if (!app) return std::unexpected(app.error());
  Principal who{.app = std::move(*app), .kind = PrincipalKind::kAdmin, .subject = claims.subject, .role = admin->role};
  who.expires = std::chrono::system_clock::time_point(std::chrono::milliseconds(claims.expires));
  return who;
}

Result<Principal> Gate::admit_player(const TokenClaims& claims, const Asked& asked, const net::RoutePolicy& policy) {
  const std::string caller = claims.own + "/" + claims.subject;
  if (const int64_t wait = player_requests_.take(caller, {options_.requests_per_second}, policy.cost, steady_ns());
      wait > 0)
    return rate_limited(options_.requests_per_second, wait);
  if (!is_open(policy) && !policy.player)
    return fail(ErrorKind::kDenied, "wrong_kind", "A player may not make this call.", "Authorization");
  if (!asked.app.empty() && asked.app != claims.own) return no_such_app(asked.app_in_path);
  Principal who{.app = claims.own, .kind = PrincipalKind::kPlayer, .subject = claims.subject, .session = claims.id};
  who.expires = std::chrono::system_clock::time_point(std::chrono::milliseconds(claims.expires));
  return who;
}

/// Nobody has no app, but where there is only one app no other can be meant.
Result<Principal> Gate::admit_nobody(const Asked& asked, const net::RoutePolicy& policy) {
  if (!policy.sole_app) return Principal{};
  const auto& apps = parts_.directory.peek().apps;
  if (!asked.app.empty() && !apps.contains(std::string(asked.app))) return no_such_app(asked.app_in_path);
  if (apps.size() != 1)
    return unauthenticated("There are several apps: send the write key of yours as X-API-Key or Authorization.");
  return Principal{.app = apps.begin()->first};
}

Result<std::string> Gate::app_of(const Admin& admin, const Asked& asked, const net::RoutePolicy& policy) {
  const auto& apps = parts_.directory.peek().apps;
  if (!asked.app.empty()) {
    if (!apps.contains(std::string(asked.app)) || !admin.sees(asked.app)) return no_such_app(asked.app_in_path);
    return std::string(asked.app);
  }
  if (!policy.needs_app) return std::string();
  std::string only;
  for (const auto& [id, app] : apps) {
    if (!admin.sees(id)) continue;
    if (!only.empty())
      return fail(ErrorKind::kInvalid, "required", "There are several apps: name one by the header Gamekeeper-App.",
                  "Gamekeeper-App");
    only = id;
  }
  if (only.empty()) return no_such_app(false);
  return only;
}

Task<Result<net::Guard::Replay>> Gate::begin(const net::Request& request, const Principal& who,
                                             const net::RoutePolicy& policy) {
  if (!policy.idempotent || who.kind == PrincipalKind::kAnonymous) co_return Replay{};
  co_return co_await parts_.answers.begin(request, who);
}

namespace {

/// What an act was done to: what it made, where the answer says so, else what was asked for.
std::string target_of(const net::Request& request, const net::Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Location") return value;
  }
  return std::string(request.path);
}

}  // namespace

Task<void> Gate::finish(const net::Request& request, const Principal& who, const net::RoutePolicy& policy,
                        std::string ticket, const net::Response& response) {
  if (policy.audited && who.kind == PrincipalKind::kAdmin) {
    auto done = co_await parts_.audit.write({.at = clock_.now_ms(),
                                             .actor = who.subject,
                                             .role = std::string(role_name(who.role)),
                                             .action = policy.action,
                                             .target = target_of(request, response),
                                             .app = who.app,
                                             .status = response.status,
                                             .request_id = std::string(request.request_id),
                                             .traceparent = std::string(request.traceparent)});
    if (!done)
      log::error("gate", "audit_failed",
                 {log::text("code", done.error().code), log::text("reason", done.error().message)});
  }
  if (!ticket.empty()) co_await parts_.answers.finish(std::move(ticket), response);
}

Result<void> Gate::take_events(const Principal& who, uint32_t events) {
  const Snapshot& snapshot = parts_.directory.peek();
  const auto live = snapshot.by_id.find(who.key_id);
  if (live == snapshot.by_id.end()) return {};
  const int64_t own = live->second->events_per_second, rate = own > 0 ? own : options_.events_per_second;
  if (const int64_t wait = live->second->events->take({rate}, events, steady_ns()); wait > 0)
    return rate_limited(rate, wait);
  return {};
}

Task<Result<void>> Gate::refresh() {
  if (auto ok = co_await parts_.directory.refresh(); !ok) co_return ok;
  if (auto ok = co_await parts_.admins.refresh(); !ok) co_return ok;
  if (auto ok = co_await parts_.players.refresh(); !ok) co_return ok;
  if (clock_.now_ms() - swept_ < 60'000) co_return Result<void>{};
  swept_ = clock_.now_ms();
  auto answers = co_await parts_.answers.sweep(), signed_out = co_await parts_.admins.sweep(),
       ended = co_await parts_.players.sweep();
  for (const auto* swept : {&answers, &signed_out, &ended}) {
    if (!*swept) co_return std::unexpected(swept->error());
  }
  co_return Result<void>{};
}

}  // namespace gamekeeper::gate
