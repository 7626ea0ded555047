#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "gate/admins.h"
#include "gate/audit.h"
#include "gate/directory.h"
#include "gate/player_access.h"
#include "net/router.h"

namespace gamekeeper::operate {

/// What /api/v1/admin/info says beside the version.
struct Info {
  std::string mode;
  bool simulated = false;
  uint32_t partitions = 0;
  UnixMillis started_at = 0;
};

/// /api/v1/admin: login, signin-link, logout, apps, keys, admins, signing-key, audit, info. The references must outlive the router.
void add_admin_routes(net::Router& router, gate::Directory& directory, gate::Admins& admins,
                      gate::PlayerAccess& players, gate::Audit& audit, const Clock& clock, Info info);

}  // namespace gamekeeper::operate
