#include "play/friends/friend_routes.h"

#include <boost/json.hpp>

#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

/// Whose friends a request means. A player's own only; a game server's and support's any.
Result<std::string> whose(const Request& request, const Principal& who) {
  if (who.kind != PrincipalKind::kPlayer || request.param("id") == who.subject) return std::string(request.param("id"));
  return fail(ErrorKind::kDenied, "not_yours", "Players see and change their own friends only.", "id");
}

json::object show(const FriendTie& tie) {
  json::object out{{"player_id", tie.player_id}, {"relation", name_of(tie.relation)}, {"since", nullptr}};
  if (tie.since != 0) out["since"] = format_time(tie.since);
  return out;
}

Response answer(const FriendTie& tie) { return net::json(json::serialize(show(tie)), tie.is_new ? 201 : 200); }

Task<Result<Response>> list(FriendServices all, const Request& request, const Principal& who, Relation relation) {
  auto owner = whose(request, who);
  if (!owner) co_return std::unexpected(owner.error());
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await all.friends.list(who.app, std::move(*owner), relation, *limit, request.query_param("cursor"));
  if (!page) co_return std::unexpected(page.error());
  std::vector<std::string> ids, items;
  for (const FriendTie& tie : page->items) ids.push_back(tie.player_id);
  auto names = co_await all.usernames.of(who.app, std::move(ids));
  if (!names) co_return std::unexpected(names.error());
  for (size_t i = 0; i < page->items.size(); ++i) {
    json::object item = show(page->items[i]);
    const std::string& name = (*names)[i];
    item["username"] = name.empty() ? json::value(nullptr) : json::value(name);
    if (relation == Relation::kFriend) {
      auto presence = co_await all.presences.shown(who.app, page->items[i].player_id);
      if (!presence) co_return std::unexpected(presence.error());
      json::object there = show(page->items[i].player_id, *presence);
      there.erase("player_id");
      item["presence"] = std::move(there);
    }
    items.push_back(json::serialize(item));
  }
  co_return net::page_of(items, page->next_cursor);
}

Task<Result<Response>> list_requests(FriendServices all, const Request& request, const Principal& who) {
  const std::string direction = request.query_param("direction");
  if (!direction.empty() && direction != "sent" && direction != "received")
    co_return net::invalid("bad_value", "Which requests: those received or those sent.", "direction",
                           "received | sent");
  co_return co_await list(all, request, who, direction == "sent" ? Relation::kSent : Relation::kReceived);
}

Task<Result<Response>> ask(FriendServices all, const Request& request, const Principal& who) {
  auto owner = whose(request, who);
  if (!owner) co_return std::unexpected(owner.error());
  auto body = net::object_body(request, {"player_id", "username"});
  if (!body) co_return std::unexpected(body.error());
  auto id = net::optional_text_field(*body, "player_id"), name = net::optional_text_field(*body, "username");
  if (!id) co_return std::unexpected(id.error());
  if (!name) co_return std::unexpected(name.error());
  if (id->has_value() == name->has_value())
    co_return net::invalid("required", "Say whom: by player_id or by username.", "player_id");
  auto tie = *id ? co_await all.friends.act(who.app, std::move(*owner), std::move(**id), FriendAct::kAsk)
                 : co_await all.friends.ask_by_name(who.app, std::move(*owner), std::move(**name));
  if (!tie) co_return std::unexpected(tie.error());
  co_return answer(*tie);
}

/// What is done towards the player that the path names. `shows`: answers with how they stand now.
Task<Result<Response>> do_to(FriendServices all, const Request& request, const Principal& who, FriendAct act,
                             bool shows) {
  auto owner = whose(request, who);
  if (!owner) co_return std::unexpected(owner.error());
  auto body = net::object_body(request, {});
  if (!body) co_return std::unexpected(body.error());
  auto tie = co_await all.friends.act(who.app, std::move(*owner), std::string(request.param("other")), act);
  if (!tie) co_return std::unexpected(tie.error());
  if (shows) co_return net::json(json::serialize(show(*tie)));
  co_return Response{.status = 204};
}

}  // namespace

void add_friend_routes(net::Router& router, FriendServices services) {
  const std::string player = "/api/v1/players/{id}";
  constexpr net::RoutePolicy kReads{.server_key = true, .player = true, .admin = AdminRole::kSupport};
  constexpr net::RoutePolicy kWrites{.server_key = true, .player = true, .idempotent = true};
  const auto lists = [&](const std::string& path, Relation relation, const char* summary) {
    router.add(
        Method::kGet, player + path, kReads, summary,
        [services, relation](const Request& r, const Principal& who) { return list(services, r, who, relation); });
  };
  const auto acts = [&](Method method, const std::string& path, FriendAct act, const char* summary) {
    const bool shows = method != Method::kDelete;
    router.add(method, player + path, kWrites, summary,
               net::takes_json([services, act, shows](const Request& r, const Principal& who) {
                 return do_to(services, r, who, act, shows);
               }));
  };
  lists("/friends", Relation::kFriend, "A player's friends with their presence, newest first.");
  acts(Method::kDelete, "/friends/{other}", FriendAct::kUnfriend, "Ends a friendship.");
  router.add(Method::kGet, player + "/friend-requests", kReads, "Requests that wait for an answer; ?direction=sent.",
             [services](const Request& r, const Principal& who) { return list_requests(services, r, who); });
  router.add(Method::kPost, player + "/friend-requests", kWrites, "Asks somebody to be friends.",
             net::takes_json([services](const Request& r, const Principal& who) { return ask(services, r, who); }));
  acts(Method::kPost, "/friend-requests/{other}/accept", FriendAct::kAccept, "Accepts a request.");
  acts(Method::kDelete, "/friend-requests/{other}", FriendAct::kDropRequest, "Declines a request, or takes it back.");
  lists("/blocks", Relation::kBlocked, "Whom a player has blocked, newest first.");
  acts(Method::kPut, "/blocks/{other}", FriendAct::kBlock, "Blocks somebody; a friendship or request ends.");
  acts(Method::kDelete, "/blocks/{other}", FriendAct::kUnblock, "Blocks somebody no more.");
}

}  // namespace gamekeeper::play
