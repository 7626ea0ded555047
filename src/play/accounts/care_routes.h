#pragma once

#include "net/router.h"
#include "play/accounts/account_deletion.h"
#include "play/accounts/player_notes.h"
#include "play/accounts/sign_ins.h"

namespace gamekeeper::play {

/// What support sees of a player and does for them: sign-ins, notes; erasing one; and a player's ratings in all queues.
/// The references must outlive the router.
void add_care_routes(net::Router& router, SignIns& sign_ins, PlayerNotes& notes, AccountDeletion& deletion,
                     ports::DocumentStore& documents);

}  // namespace gamekeeper::play
