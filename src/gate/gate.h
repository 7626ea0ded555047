#pragma once

#include <memory>
#include <string>

#include "gate/admins.h"
#include "gate/audit.h"
#include "gate/directory.h"
#include "net/guard.h"

namespace gamekeeper::gate {

struct GateOptions {
  int64_t requests_per_second = 500'000;   // a key, where its app says nothing else
  int64_t events_per_second = 10'000'000;
};

/// Decides who is asking (a key or an admin's token) and whether the route's policy lets them. Thread-safe; for keys
/// there is no I/O and no suspension on the way.
class Gate final : public net::Guard {
 public:
  Gate(Directory& directory, Admins& admins, Audit& audit, const Clock& clock, GateOptions options);

  Task<Result<Principal>> admit(const net::RequestHead& head, const net::RoutePolicy& policy) override;
  Task<void> finish(const net::Request& request, const Principal& who, const net::RoutePolicy& policy, std::string ticket,
                    const net::Response& response) override;

  /// The same for a WebSocket's first message: `authorization` is "Bearer …", `app` what Gamekeeper-App would say.
  Result<Principal> authenticate(std::string_view authorization, std::string_view app, const net::RoutePolicy& policy);
  /// Takes events from a key's rate.
  Result<void> take_events(const Principal& who, uint32_t events);

 private:
  Result<Principal> admit_now(std::string_view credential, std::string_view app, const net::RoutePolicy& policy);
  Result<Principal> admit_key(const LiveKey& live, std::string_view app, const net::RoutePolicy& policy);
  Result<Principal> admit_admin(const AdminClaims& claims, std::string_view app, const net::RoutePolicy& policy);

  Directory& directory_;
  Admins& admins_;
  Audit& audit_;
  const Clock& clock_;
  GateOptions options_;
};

}  // namespace gamekeeper::gate
