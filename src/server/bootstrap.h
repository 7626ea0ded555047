#pragma once

#include <string>

#include "gate/admins.h"
#include "gate/directory.h"
#include "server/config.h"

namespace gamekeeper::server {

/// First start in development: app `demo` with three keys and an administrator, written to
/// <data>/dev-credentials.json (mode 0600). Does nothing when there is an app already, unless a first start was killed
/// before it had told them: then it is done again, and the keys that nobody was told of are revoked.
/// Production makes nothing by itself. Errors: kInvalid `no_admin` in production without one.
Result<void> bootstrap(const Config& config, gate::Directory& directory, gate::Admins& admins);

}  // namespace gamekeeper::server
