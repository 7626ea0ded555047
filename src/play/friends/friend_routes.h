#pragma once

#include "net/router.h"
#include "play/accounts/players.h"
#include "play/accounts/usernames.h"
#include "play/friends/friends.h"
#include "play/friends/presences.h"

namespace gamekeeper::play {

/// What the routes of this room call. All outlive the router.
struct FriendServices {
  Friends& friends;
  Presences& presences;
  Players& players;
  Usernames& usernames;
};

/// /api/v1/players/{id}/friends, /friend-requests and /blocks.
void add_friend_routes(net::Router& router, FriendServices services);
/// /api/v1/players/{id}/presence.
void add_presence_routes(net::Router& router, FriendServices services);

}  // namespace gamekeeper::play
