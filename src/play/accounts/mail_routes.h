#pragma once

#include "net/router.h"
#include "play/accounts/account_mail.h"

namespace gamekeeper::play {

/// /api/v1/auth/email and /api/v1/auth/password/reset. The references must outlive the router.
void add_mail_routes(net::Router& router, AccountMail& mail);

}  // namespace gamekeeper::play
