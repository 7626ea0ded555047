#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/principal.h"
#include "base/result.h"
#include "base/task.h"
#include "net/http.h"

namespace gamekeeper::net {

/// Who may call a route. Every route has one; the rows of all routes are the authorization matrix that tests walk.
struct RoutePolicy {
  bool anonymous = false;   // no credentials needed
  bool write_key = false;
  bool read_key = false;
  bool server_key = false;
  bool player = false;
  AdminRole admin = AdminRole::kNone;  // least role of an admin; kNone: no admin may
  bool sole_app = false;    // anonymous callers mean the only app there is; a bad credential is refused
  bool needs_app = true;               // the principal must name an app (admins by the header Gamekeeper-App)
  bool whole_house = false;            // not for admins who are limited to certain apps
  uint32_t cost = 1;                   // tokens taken from the caller's rate limit
  bool idempotent = false;             // a write that honours Idempotency-Key by keeping its first answer
  const char* action = "";  // the audit's name of an audited call: key.create
  bool audited = false;                // an admin's call is written to the audit
};

/// Decides who is asking and whether they may. Implemented by gate. Called before the body is read (a path's parameters are
/// known by then); thread-safe.
class Guard {
 public:
  virtual ~Guard() = default;

  /// Errors: kUnauthenticated (no, unknown, revoked or expired credentials), kDenied (wrong kind or role),
  /// kNotFound (an app that does not exist or is not the caller's), kRateLimited (with retry_after).
  virtual Task<Result<Principal>> admit(const Request& request, const RoutePolicy& policy) = 0;

  /// Called round the handler for routes that are `idempotent` or `audited`. `begin` may return a stored answer to
  /// send instead of calling the handler; `finish` records the answer. Default: does nothing.
  struct Replay {
    bool replayed = false;
    Response response;
    std::string ticket;  // handed back to finish()
  };
  virtual Task<Result<Replay>> begin(const Request& request, const Principal& who, const RoutePolicy& policy) {
    co_return Replay{};
  }
  virtual Task<void> finish(const Request& request, const Principal& who, const RoutePolicy& policy, std::string ticket,
                            const Response& response) {
    co_return;
  }
};

}  // namespace gamekeeper::net
