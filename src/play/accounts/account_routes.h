#pragma once

#include "net/router.h"
#include "play/accounts/accounts.h"
#include "play/accounts/players.h"

namespace gamekeeper::play {

/// /api/v1/auth: signing up, in, on and off. The references must outlive the router.
void add_account_routes(net::Router& router, Accounts& accounts, Players& players);

}  // namespace gamekeeper::play
