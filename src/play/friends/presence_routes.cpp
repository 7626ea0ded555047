#include <boost/json.hpp>

#include "net/json_body.h"
#include "play/friends/friend_routes.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

std::string subject_of(const net::Request& request) { return std::string(request.param("id")); }

net::Response presence_answer(const std::string& player, const Presence& presence, bool shows_hidden) {
  json::object body = show(player, presence);
  if (shows_hidden) body["hidden"] = presence.is_hidden;
  return net::json(json::serialize(body));
}

/// Players read their own and their friends'; to anybody else there is none.
Task<Result<net::Response>> read_presence_of(FriendServices all, const net::Request& request, const Principal& who) {
  const std::string player = subject_of(request);
  if (who.kind == PrincipalKind::kPlayer && player != who.subject) {
    auto relation = co_await all.friends.relation(who.app, who.subject, player);
    if (!relation) co_return std::unexpected(relation.error());
    if (*relation != Relation::kFriend)
      co_return fail(ErrorKind::kNotFound, "not_found", "You have no such friend.", "id");
    auto shown = co_await all.presences.shown(who.app, player);
    if (!shown) co_return std::unexpected(shown.error());
    co_return presence_answer(player, *shown, false);
  }
  if (auto known = co_await all.players.read(who.app, player); !known) co_return std::unexpected(known.error());
  auto presence = co_await all.presences.read(who.app, player);
  if (!presence) co_return std::unexpected(presence.error());
  co_return presence_answer(player, *presence, true);
}

Task<Result<net::Response>> change_presence(FriendServices all, const net::Request& request, const Principal& who) {
  const std::string player = subject_of(request);
  if (who.kind == PrincipalKind::kPlayer && player != who.subject)
    co_return fail(ErrorKind::kDenied, "not_yours", "Players change their own presence only.", "id");
  auto body = net::object_body(request, {"hidden"});
  if (!body) co_return std::unexpected(body.error());
  const json::value* hidden = body->if_contains("hidden");
  if (!hidden) co_return net::invalid("required", "Say whether the player appears offline.", "hidden");
  if (!hidden->is_bool()) co_return net::invalid("bad_type", "Must be true or false.", "hidden");
  if (auto known = co_await all.players.read(who.app, player); !known) co_return std::unexpected(known.error());
  auto presence = co_await all.presences.hide(who.app, player, hidden->get_bool());
  if (!presence) co_return std::unexpected(presence.error());
  co_return presence_answer(player, *presence, true);
}

}  // namespace

void add_presence_routes(net::Router& router, FriendServices services) {
  const std::string path = "/api/v1/players/{id}/presence";
  constexpr net::RoutePolicy kReads{.server_key = true, .player = true, .admin = AdminRole::kSupport};
  constexpr net::RoutePolicy kWrites{.server_key = true, .player = true, .idempotent = true};
  router.add(net::Method::kGet, path, kReads, "Whether a player is there: their own, or a friend's.",
             [services](const net::Request& r, const Principal& who) { return read_presence_of(services, r, who); });
  router.add(net::Method::kPut, path, kWrites, "Whether a player appears offline to others.",
             net::takes_json([services](const net::Request& r, const Principal& who) {
               return change_presence(services, r, who);
             }));
}

}  // namespace gamekeeper::play
