#include "gate/gate.h"

#include <algorithm>
#include <chrono>

#include "net/router.h"

namespace gamekeeper::gate {
namespace {

int64_t steady_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

std::string_view bearer(std::string_view authorization) {
  if (authorization.size() < 7) return {};
  static constexpr std::string_view kScheme = "bearer ";
  const bool same = std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  if (!same) return {};
  std::string_view rest = authorization.substr(7);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return rest;
}

std::unexpected<Error> unauthenticated(const char* code, const char* message) { return fail(ErrorKind::kUnauthenticated, code, message, "Authorization"); }

std::unexpected<Error> rate_limited(int64_t wait_ns) {
  Error error{ErrorKind::kRateLimited, "rate_limited", "This key has used up its rate; wait a little."};
  error.retry_after = std::chrono::milliseconds(wait_ns / 1'000'000 + 1);
  return std::unexpected(error);
}

bool lets(const net::RoutePolicy& policy, PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kWriteKey: return policy.write_key;
    case PrincipalKind::kReadKey: return policy.read_key;
    case PrincipalKind::kServerKey: return policy.server_key;
    case PrincipalKind::kPlayer: return policy.player;
    default: return false;
  }
}

}  // namespace

Gate::Gate(Directory& directory, Admins& admins, Audit& audit, const Clock& clock, GateOptions options)
    : directory_(directory), admins_(admins), audit_(audit), clock_(clock), options_(options) {}

Task<Result<Principal>> Gate::admit(const net::RequestHead& head, const net::RoutePolicy& policy) {
  std::string_view credential = bearer(head.header("Authorization"));
  if (credential.empty()) credential = head.header("X-API-Key");
  co_return admit_now(credential, head.header("Gamekeeper-App"), policy);
}

Result<Principal> Gate::authenticate(std::string_view authorization, std::string_view app, const net::RoutePolicy& policy) {
  return admit_now(bearer(authorization), app, policy);
}

Result<Principal> Gate::admit_now(std::string_view credential, std::string_view app, const net::RoutePolicy& policy) {
  if (credential.empty()) {
    if (policy.anonymous) return Principal{};
    return unauthenticated("unauthenticated", "This call needs a key or a token.");
  }
  if (credential.starts_with("gk_")) {
    const Snapshot& snapshot = directory_.peek();
    auto found = snapshot.keys.find(digest_of(credential));
    if (found != snapshot.keys.end()) return admit_key(*found->second, app, policy);
  } else if (auto claims = admins_.check(credential, clock_.now_ms())) {
    return admit_admin(*claims, app, policy);
  }
  if (policy.anonymous) return Principal{};
  return unauthenticated("unauthenticated", "The key or token is unknown, expired or revoked.");
}

Result<Principal> Gate::admit_key(const LiveKey& live, std::string_view app, const net::RoutePolicy& policy) {
  const Key& key = live.key;
  if (!app.empty() && app != key.app) return fail(ErrorKind::kNotFound, "not_found", "There is no such app.", "Gamekeeper-App");
  if (!policy.anonymous && !lets(policy, key.kind)) {
    return fail(ErrorKind::kDenied, "wrong_kind", "A key of this kind may not make this call.", "Authorization");
  }
  live.used->store(clock_.now_ms(), std::memory_order_relaxed);
  if (const int64_t wait = live.requests->take({options_.requests_per_second}, policy.cost, steady_ns()); wait > 0) return rate_limited(wait);
  return Principal{.app = key.app, .kind = key.kind, .subject = key.id, .key_id = key.id};
}

Result<Principal> Gate::admit_admin(const AdminClaims& claims, std::string_view app, const net::RoutePolicy& policy) {
  if (!policy.anonymous && (policy.admin == AdminRole::kNone || claims.role < policy.admin)) {
    return fail(ErrorKind::kDenied, "wrong_role", "Your role may not make this call.", "Authorization");
  }
  Principal who{.app = std::string(app), .kind = PrincipalKind::kAdmin, .subject = claims.subject, .role = claims.role};
  who.expires = std::chrono::system_clock::time_point(std::chrono::milliseconds(claims.expires));
  if (!policy.needs_app) return who;
  const auto& apps = directory_.peek().apps;
  if (who.app.empty() && apps.size() == 1) who.app = apps.begin()->first;
  if (who.app.empty()) return fail(ErrorKind::kInvalid, "required", "There are several apps: name one by the header Gamekeeper-App.", "Gamekeeper-App");
  if (!apps.contains(who.app)) return fail(ErrorKind::kNotFound, "not_found", "There is no such app.", "Gamekeeper-App");
  return who;
}

Task<void> Gate::finish(const net::Request& request, const Principal& who, const net::RoutePolicy& policy, std::string,
                        const net::Response& response) {
  if (!policy.audited || who.kind != PrincipalKind::kAdmin) co_return;
  co_await audit_.write({.at = clock_.now_ms(), .actor = who.subject, .role = std::string(role_name(who.role)),
                         .action = policy.action, .target = std::string(request.path), .app = who.app,
                         .status = response.status, .request_id = std::string(request.request_id)});
}

Result<void> Gate::take_events(const Principal& who, uint32_t events) {
  const Snapshot& snapshot = directory_.peek();
  const auto app = snapshot.apps.find(who.app);
  const int64_t rate = app != snapshot.apps.end() && app->second->settings.events_per_second > 0 ? app->second->settings.events_per_second : options_.events_per_second;
  const auto live = snapshot.by_id.find(who.key_id);
  if (live == snapshot.by_id.end()) return {};
  if (const int64_t wait = live->second->events->take({rate}, events, steady_ns()); wait > 0) return rate_limited(wait);
  return {};
}

}  // namespace gamekeeper::gate
