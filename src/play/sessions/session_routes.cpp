#include "play/sessions/session_routes.h"

#include <boost/json.hpp>

#include "net/conditions.h"
#include "net/json_body.h"

namespace gamekeeper::play {

namespace json = boost::json;

namespace {

/// What every answer has. A list leaves out what a game may have made large.
json::object shown(const Session& s, bool with_state) {
  json::array players;
  for (const SessionPlayer& p : s.players) {
    json::object player{{"player_id", p.id}, {"rating", p.rating}};
    if (p.team >= 0) player["team"] = p.team;
    players.push_back(std::move(player));
  }
  json::object out{{"session_id", s.id}, {"status", name_of(s.status)}, {"players", std::move(players)}};
  if (with_state) out["state"] = s.state;
  out["version"] = s.version;
  out["created_at"] = format_time(s.created_at);
  out["updated_at"] = format_time(s.updated_at);
  return out;
}

}  // namespace

json::object show_state(const Session& s) { return shown(s, true); }

namespace {

using net::Method;
using net::Request;
using net::Response;

json::object show_row(const Session& s, bool with_state = false) {
  json::object out = shown(s, with_state);
  out["mode"] = s.mode.empty() ? json::value(nullptr) : json::value(s.mode);
  out["match_id"] = s.match_id.empty() ? json::value(nullptr) : json::value(s.match_id);
  out["attributes"] = s.attributes;
  return out;
}

json::object show(const Session& s) {
  json::object out = show_row(s, true);
  json::array history;
  for (const SessionEvent& e : s.history)
    history.push_back(json::object{{"timestamp", format_time(e.at)}, {"event", e.event}, {"details", e.details}});
  out["history"] = std::move(history);
  return out;
}

Response answer(const Session& s, json::object body, int status = 200) {
  Response response = net::json(json::serialize(body), status);
  response.headers.emplace_back("ETag", net::etag_of(s.version));
  return response;
}

Task<Result<Response>> create(Sessions& sessions, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"players", "mode", "state", "attributes"});
  if (!body) co_return std::unexpected(body.error());
  NewSession wanted;
  const json::value* players = body->if_contains("players");
  if (!players) co_return net::invalid("required", "The field is required.", "players");
  if (!players->is_array()) co_return net::invalid("bad_type", "The players must be a list.", "players", "list of ids");
  for (const json::value& p : players->as_array()) {
    if (!p.is_string()) co_return net::invalid("bad_type", "A player's id must be a string.", "players", "list of ids");
    wanted.players.emplace_back(p.as_string());
  }
  auto mode = net::optional_text_field(*body, "mode");
  auto state = net::optional_object_field(*body, "state"), attributes = net::optional_object_field(*body, "attributes");
  if (!mode) co_return std::unexpected(mode.error());
  if (!state) co_return std::unexpected(state.error());
  if (!attributes) co_return std::unexpected(attributes.error());
  wanted.mode = std::move(*mode).value_or("");
  wanted.state = std::move(*state).value_or(json::object());
  wanted.attributes = std::move(*attributes).value_or(json::object());
  auto s = co_await sessions.create(who.app, std::move(wanted));
  if (!s) co_return std::unexpected(s.error());
  co_return answer(*s, show(*s), 201);
}

/// Players see the sessions they play in; the others are as unknown to them.
Task<Result<Session>> find(Sessions& sessions, const Request& request, const Principal& who) {
  auto s = co_await sessions.read(who.app, std::string(request.param("id")));
  if (s && who.kind == PrincipalKind::kPlayer && !s->has(who.subject))
    co_return fail(ErrorKind::kNotFound, "not_found", "There is no such session.", "session_id");
  co_return s;
}

Task<Result<Response>> read(Sessions& sessions, const Request& request, const Principal& who) {
  auto s = co_await find(sessions, request, who);
  if (!s) co_return std::unexpected(s.error());
  co_return answer(*s, show(*s));
}

Task<Result<Response>> read_state(Sessions& sessions, const Request& request, const Principal& who) {
  auto s = co_await find(sessions, request, who);
  if (!s) co_return std::unexpected(s.error());
  co_return answer(*s, show_state(*s));
}

Result<SessionChange> change_of(const Request& request) {
  auto body = net::object_body(request, {"status", "state", "event", "details"});
  if (!body) return std::unexpected(body.error());
  SessionChange change;
  auto status = net::optional_text_field(*body, "status"), event = net::optional_text_field(*body, "event");
  auto state = net::optional_object_field(*body, "state"), details = net::optional_object_field(*body, "details");
  for (const auto* text : {&status, &event}) {
    if (!*text) return std::unexpected(text->error());
  }
  for (const auto* object : {&state, &details}) {
    if (!*object) return std::unexpected(object->error());
  }
  if (*status) {
    change.status = status_of(**status);
    if (!change.status)
      return net::invalid("bad_value", "There is no such status.", "status",
                          "waiting | active | paused | completed | abandoned | cancelled");
  }
  if (*details && !*event) return net::invalid("required", "Details belong to an event.", "event");
  if (!*status && !*event && !*state)
    return net::invalid("required", "Nothing is to be changed.", "status", "status, state or event");
  change.state = std::move(*state);
  change.event = std::move(*event);
  change.details = std::move(*details).value_or(json::object());
  return change;
}

Task<Result<Response>> change(Sessions& sessions, const Request& request, const Principal& who) {
  auto wanted = change_of(request);
  if (!wanted) co_return std::unexpected(wanted.error());
  auto if_match = net::if_match_of(request);
  if (!if_match) co_return std::unexpected(if_match.error());
  auto s = co_await sessions.change(who.app, std::string(request.param("id")), std::move(*wanted), *if_match);
  if (!s) co_return std::unexpected(s.error());
  co_return answer(*s, show(*s));
}

Task<Result<Response>> heartbeat(Sessions& sessions, const Request& request, const Principal& who) {
  auto s = co_await sessions.heartbeat(who.app, std::string(request.param("id")), who.subject);
  if (!s) co_return std::unexpected(s.error());
  co_return answer(*s, show_state(*s));
}

Task<Result<Response>> rejoin(Sessions& sessions, const Request& request, const Principal& who) {
  auto s = co_await sessions.rejoin(who.app, std::string(request.param("id")), who.subject);
  if (!s) co_return std::unexpected(s.error());
  co_return answer(*s, show(*s));
}

Task<Result<Response>> remove(Sessions& sessions, const Request& request, const Principal& who) {
  auto s = co_await sessions.remove(who.app, std::string(request.param("id")));
  if (!s) co_return std::unexpected(s.error());
  co_return answer(*s, show(*s));
}

Task<Result<Response>> list(Sessions& sessions, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto status =
      net::word_param(request, "status", status_of, "waiting | active | paused | completed | abandoned | cancelled");
  if (!status) co_return std::unexpected(status.error());
  const std::string full = request.query_param("full");
  if (!full.empty() && full != "true" && full != "false")
    co_return net::invalid("bad_value", "Full is true or false.", "full", "true or false");
  SessionFilter filter{.status = *status};
  if (std::string player = request.query_param("player"); !player.empty()) filter.player = std::move(player);
  auto page = co_await sessions.list(who.app, std::move(filter), *limit, request.query_param("cursor"));
  co_return net::page_of(page, [&full](const Session& s) { return full == "true" ? show(s) : show_row(s); });
}

}  // namespace

void add_session_routes(net::Router& router, Sessions& sessions) {
  const auto write = [](const char* action) {
    return net::RoutePolicy{
        .server_key = true, .admin = AdminRole::kSupport, .idempotent = true, .action = action, .audited = true};
  };
  constexpr net::RoutePolicy kReads{.server_key = true, .player = true, .admin = AdminRole::kSupport};
  constexpr net::RoutePolicy kLists{.server_key = true, .admin = AdminRole::kSupport};
  constexpr net::RoutePolicy kMembers{.player = true};
  const auto on = [&](Method method, const char* path, net::RoutePolicy policy, const char* summary, auto handle) {
    router.add(method, path, policy, summary,
               net::takes_json(
                   [&sessions, handle](const Request& r, const Principal& who) { return handle(sessions, r, who); }));
  };
  on(Method::kPost, "/api/v1/sessions", write("session.create"), "Makes a session.", create);
  on(Method::kPost, "/api/v1/sessions/create", write("session.create"), "Makes a session.", create);
  on(Method::kGet, "/api/v1/sessions", kLists,
     "Sessions, newest first; ?status=, ?player=; ?full=true with state and history.", list);
  on(Method::kGet, "/api/v1/sessions/{id}", kReads, "A session.", read);
  on(Method::kGet, "/api/v1/sessions/{id}/state", kReads, "A session without its history.", read_state);
  on(Method::kPut, "/api/v1/sessions/{id}", write("session.change"), "Changes status or state.", change);
  on(Method::kPut, "/api/v1/sessions/{id}/update", write("session.change"), "Changes status or state.", change);
  on(Method::kPost, "/api/v1/sessions/{id}/heartbeat", kMembers, "A sign of life of one of its players.", heartbeat);
  on(Method::kPost, "/api/v1/sessions/{id}/rejoin", kMembers, "A player comes back.", rejoin);
  on(Method::kDelete, "/api/v1/sessions/{id}", write("session.remove"), "Ends a session and frees its live data.",
     remove);
}

}  // namespace gamekeeper::play
