#pragma once

#include <memory>
#include <string>

#include "gate/admins.h"
#include "gate/audit.h"
#include "gate/directory.h"
#include "gate/first_answers.h"
#include "gate/player_access.h"
#include "net/guard.h"

namespace gamekeeper::gate {

struct GateOptions {
  int64_t requests_per_second = 500'000;   // a key (where its app says nothing else), or an administrator
  int64_t events_per_second = 10'000'000;
};

/// What the gate asks. All outlive it.
struct GateParts {
  Directory& directory;
  Admins& admins;
  PlayerAccess& players;
  Audit& audit;
  FirstAnswers& answers;
};

/// Decides who is asking (a key, an admin's token or a player's) and whether the route's policy lets them. Thread-safe, but for
/// refresh(): one caller; for keys there is no I/O and no suspension on the way.
///
/// A route with a parameter {app} is about that app: the principal's app is the parameter, and whoever may not see it is
/// answered as if it did not exist.
class Gate final : public net::Guard {
 public:
  Gate(GateParts parts, const Clock& clock, GateOptions options);

  Task<Result<Principal>> admit(const net::Request& request, const net::RoutePolicy& policy) override;
  Task<Result<Replay>> begin(const net::Request& request, const Principal& who,
                             const net::RoutePolicy& policy) override;
  Task<void> finish(const net::Request& request, const Principal& who, const net::RoutePolicy& policy,
                    std::string ticket, const net::Response& response) override;

  /// The same for a WebSocket's first message: `authorization` is "Bearer …", `app` what Gamekeeper-App would say.
  Result<Principal> authenticate(std::string_view authorization, std::string_view app, const net::RoutePolicy& policy);
  /// Takes events from a key's rate.
  Result<void> take_events(const Principal& who, uint32_t events);

  /// Takes over what other processes have changed, and forgets what is over. Called every 250 ms.
  Task<Result<void>> refresh();

 private:
  struct Asked {
    std::string_view credential, app;
    bool app_in_path = false;
  };
  Result<Principal> admit_now(const Asked& asked, const net::RoutePolicy& policy);
  Result<Principal> admit_key(const LiveKey& live, const Asked& asked, const net::RoutePolicy& policy);
  Result<Principal> admit_admin(const TokenClaims& claims, const Asked& asked, const net::RoutePolicy& policy);
  Result<Principal> admit_player(const TokenClaims& claims, const Asked& asked, const net::RoutePolicy& policy);
  Result<Principal> admit_nobody(const Asked& asked, const net::RoutePolicy& policy);
  Result<std::string> app_of(const Admin& admin, const Asked& asked, const net::RoutePolicy& policy);

  GateParts parts_;
  const Clock& clock_;
  GateOptions options_;
  RateTable player_requests_{1 << 16};
  RateTable admin_requests_{1 << 12};
  UnixMillis swept_ = 0;
};

/// The key or token that a request carries; empty when it carries none.
std::string_view credential_of(const net::RequestHead& head);

}  // namespace gamekeeper::gate
