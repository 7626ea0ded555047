#include "play/accounts/care_routes.h"

#include <boost/json.hpp>

#include "net/json_body.h"
#include "play/accounts/player_rating.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

std::string player_of(const Request& request) { return std::string(request.param("id")); }

json::object show(const Family& f) {
  return {{"sign_in_id", f.id},
          {"since", format_time(f.created_at)},
          {"refreshed_at", format_time(f.refreshed_at)},
          {"expires_at", format_time(f.expires_at)}};
}

json::object show(const PlayerNote& n) {
  return {{"note_id", n.id}, {"at", format_time(n.at)}, {"by", n.by}, {"text", n.text}};
}

json::object show(const PlayerRating& r) {
  return {{"queue", r.queue},         {"rating", r.shown()},
          {"deviation", r.deviation}, {"games_played", r.games()},
          {"wins", r.wins},           {"losses", r.losses},
          {"draws", r.draws},         {"last_match_at", format_time(r.last_match)}};
}

Task<Result<Response>> list_sign_ins(SignIns& sign_ins, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto found = co_await sign_ins.list(who.app, player_of(request), *limit, request.query_param("cursor"));
  if (!found) co_return std::unexpected(found.error());
  json::array items;
  for (const Family& family : found->items) items.push_back(show(family));
  const json::object out{
      {"has_password", found->has_password},
      {"devices", found->devices},
      {"items", std::move(items)},
      {"next_cursor", found->next_cursor.empty() ? json::value(nullptr) : json::value(found->next_cursor)}};
  co_return net::json(json::serialize(out), 200);
}

Task<Result<Response>> end_sign_ins(SignIns& sign_ins, const Request& request, const Principal& who) {
  auto done = co_await sign_ins.end_all(who.app, player_of(request));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> end_sign_in(SignIns& sign_ins, const Request& request, const Principal& who) {
  auto done = co_await sign_ins.end(who.app, player_of(request), std::string(request.param("sign_in")));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> list_notes(PlayerNotes& notes, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await notes.list(who.app, player_of(request), *limit, request.query_param("cursor"));
  if (!page) co_return std::unexpected(page.error());
  std::vector<std::string> items;
  for (const PlayerNote& note : page->items) items.push_back(json::serialize(show(note)));
  co_return net::page_of(items, page->next_cursor);
}

Task<Result<Response>> add_note(PlayerNotes& notes, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"text"});
  if (!body) co_return std::unexpected(body.error());
  auto text = net::text_field(*body, "text");
  if (!text) co_return std::unexpected(text.error());
  auto note = co_await notes.add(who.app, player_of(request), who.subject, std::move(*text));
  if (!note) co_return std::unexpected(note.error());
  co_return net::json(json::serialize(show(*note)), 201);
}

Task<Result<Response>> remove_note(PlayerNotes& notes, const Request& request, const Principal& who) {
  auto done = co_await notes.remove(who.app, player_of(request), std::string(request.param("note")));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> list_ratings(ports::DocumentStore& documents, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto player = co_await documents.get(kPlayers, scoped(who.app, player_of(request)));
  if (!player) co_return std::unexpected(player.error());
  const std::string cursor = request.query_param("cursor");
  auto page = co_await ratings_page(documents, who.app, player_of(request), *limit, cursor);
  // Who is only known to results has ratings, too.
  if (page && page->items.empty() && cursor.empty() && !*player)
    co_return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", "player_id");
  co_return net::page_of(page, [](const PlayerRating& rating) { return show(rating); });
}

Task<Result<Response>> erase_player(AccountDeletion& deletion, const Request& request, const Principal& who) {
  auto done = co_await deletion.remove_by(
      who, player_of(request),
      {.request_id = std::string(request.request_id), .traceparent = std::string(request.traceparent)});
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

}  // namespace

void add_care_routes(net::Router& router, SignIns& sign_ins, PlayerNotes& notes, AccountDeletion& deletion,
                     ports::DocumentStore& documents) {
  constexpr net::RoutePolicy kReads{.server_key = true, .player = true, .admin = AdminRole::kSupport};
  constexpr net::RoutePolicy kServers{.server_key = true, .admin = AdminRole::kSupport};
  constexpr net::RoutePolicy kPeople{.admin = AdminRole::kSupport};
  // Its act is written in the write set of the erasure, so it is not `audited` once more.
  constexpr net::RoutePolicy kErasers{.admin = AdminRole::kAdmin, .idempotent = true};
  const auto acts = [](net::RoutePolicy policy, const char* action) {
    policy.idempotent = policy.audited = true;
    policy.action = action;
    return policy;
  };
  const std::string sign_ins_of = "/api/v1/players/{id}/sign-ins", notes_of = "/api/v1/players/{id}/notes";
  router.add(Method::kGet, sign_ins_of, kServers, "How a player signs in, and the sign-ins that hold.",
             [&sign_ins](const Request& r, const Principal& who) { return list_sign_ins(sign_ins, r, who); });
  router.add(Method::kDelete, sign_ins_of, acts(kServers, "player.sign_out"), "Signs a player out everywhere.",
             [&sign_ins](const Request& r, const Principal& who) { return end_sign_ins(sign_ins, r, who); });
  router.add(Method::kDelete, sign_ins_of + "/{sign_in}", acts(kServers, "player.sign_out"), "Ends one sign-in.",
             [&sign_ins](const Request& r, const Principal& who) { return end_sign_in(sign_ins, r, who); });
  router.add(Method::kGet, notes_of, kPeople, "Support's notes about a player, newest first.",
             [&notes](const Request& r, const Principal& who) { return list_notes(notes, r, who); });
  router.add(Method::kPost, notes_of, acts(kPeople, "player.note"), "Writes a note about a player.",
             net::takes_json([&notes](const Request& r, const Principal& who) { return add_note(notes, r, who); }));
  router.add(Method::kDelete, notes_of + "/{note}", acts(kPeople, "player.note_remove"), "Removes a note.",
             [&notes](const Request& r, const Principal& who) { return remove_note(notes, r, who); });
  router.add(Method::kDelete, "/api/v1/players/{id}", kErasers, "Erases a player and what is theirs alone, for good.",
             [&deletion](const Request& r, const Principal& who) { return erase_player(deletion, r, who); });
  router.add(Method::kGet, "/api/v1/players/{id}/ratings", kReads, "A player's ratings in all queues.",
             [&documents](const Request& r, const Principal& who) { return list_ratings(documents, r, who); });
}

}  // namespace gamekeeper::play
