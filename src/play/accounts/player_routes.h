#pragma once

#include <string>

#include "net/router.h"
#include "play/accounts/accounts.h"
#include "play/accounts/players.h"

namespace gamekeeper::play {

/// /api/v1/players: their documents. The references must outlive the router.
void add_player_routes(net::Router& router, Players& players, Accounts& accounts, const Clock& clock);

/// The player document as the seeds have it, as JSON; what signs a player in never leaves.
std::string show(const PlayerCard& card);
/// The document with its version as ETag.
net::Response answer(const PlayerCard& card, int status = 200);

}  // namespace gamekeeper::play
