#pragma once

#include "gate/admins.h"
#include "gate/directory.h"
#include "net/router.h"

namespace gamekeeper::operate {

/// /api/v1/admin/apps and each app's keys. Administrators who look after certain apps see those alone. The references must
/// outlive the router.
void add_app_routes(net::Router& router, gate::Directory& directory, gate::Admins& admins);

}  // namespace gamekeeper::operate
