#pragma once

#include "net/router.h"
#include "play/accounts/account_deletion.h"
#include "play/accounts/accounts.h"
#include "play/accounts/identities.h"
#include "play/accounts/players.h"

namespace gamekeeper::play {

struct AccountServices {
  Accounts& accounts;
  Players& players;
  Identities& identities;
  AccountDeletion& deletion;
};

/// /api/v1/auth: signing up, in, on and off, and leaving for good. The references must outlive the router.
void add_account_routes(net::Router& router, const AccountServices& services);

}  // namespace gamekeeper::play
