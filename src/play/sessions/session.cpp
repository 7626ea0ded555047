#include "play/sessions/session.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "events/fact.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using gate::number_of;
using gate::sortable;
using gate::text_of;

constexpr std::array<std::string_view, 6> kNames{"waiting", "active", "paused", "completed", "abandoned", "cancelled"};
constexpr size_t kHistoryKeptFirst = 10;

json::object object_of(const json::object& o, std::string_view name) {
  const json::value* value = o.if_contains(name);
  return value && value->is_object() ? value->as_object() : json::object();
}

std::unexpected<Error> corrupt(const ports::Document& document) {
  return fail(ErrorKind::kCorrupt, "corrupt", "A stored session cannot be read.", document.id);
}

}  // namespace

std::string_view name_of(SessionStatus status) { return kNames[static_cast<size_t>(status)]; }

std::optional<SessionStatus> status_of(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<SessionStatus>(found - kNames.begin());
}

bool is_over(SessionStatus status) { return status >= SessionStatus::kCompleted; }

Result<void> check_transition(SessionStatus from, SessionStatus to) {
  using enum SessionStatus;
  const bool good = (from == kWaiting && (to == kActive || to == kCancelled)) ||
                    (from == kActive && (to == kPaused || to == kCompleted || to == kAbandoned)) ||
                    (from == kPaused && (to == kActive || to == kCompleted || to == kAbandoned));
  if (good) return {};
  const std::string a(name_of(from)), b(name_of(to));
  return fail(ErrorKind::kConflict, "bad_transition", "A session that is " + a + " does not become " + b + ".",
              "status", a + " -> " + b);
}

bool Session::has(std::string_view player_id) const {
  return std::ranges::any_of(players, [&](const SessionPlayer& p) { return p.id == player_id; });
}

void Session::note(UnixMillis at, std::string event, json::object details) {
  if (history.size() >= kHistoryMax) history.erase(history.begin() + kHistoryKeptFirst);
  history.push_back({at, std::move(event), std::move(details)});
}

void Session::become(SessionStatus next, UnixMillis now) {
  if (active_since != 0) active_ms += std::max<int64_t>(now - active_since, 0);
  active_since = next == SessionStatus::kActive ? now : 0;
  was_active = was_active || next == SessionStatus::kActive;
  status = next;
  if (is_over(next)) expires_at = 0;
}

ports::Put put_of(const Session& s) {
  json::array players, history;
  for (const SessionPlayer& p : s.players) {
    json::object player{{"id", p.id}, {"rating", p.rating}};
    if (p.team >= 0) player["team"] = p.team;
    players.push_back(std::move(player));
  }
  for (const SessionEvent& e : s.history)
    history.push_back(json::object{{"at", e.at}, {"event", e.event}, {"details", e.details}});
  const json::object body{{"status", name_of(s.status)},
                          {"mode", s.mode},
                          {"match_id", s.match_id},
                          {"players", std::move(players)},
                          {"state", s.state},
                          {"attributes", s.attributes},
                          {"created_at", s.created_at},
                          {"updated_at", s.updated_at},
                          {"active_since", s.active_since},
                          {"active_ms", s.active_ms},
                          {"was_active", s.was_active ? 1 : 0},
                          {"expires_at", s.expires_at},
                          {"has_heartbeat", s.has_heartbeat ? 1 : 0},
                          {"is_removed", s.is_removed ? 1 : 0},
                          {"history", std::move(history)}};
  ports::Put put{
      .collection = kSessions, .id = scoped(s.app, s.id), .body = json::serialize(body), .expected = s.version};
  const std::string when = sortable(s.created_at) + s.id;
  put.entries.push_back({"created", scoped(s.app, when)});
  put.entries.push_back({"status", under(s.app, name_of(s.status)).from + when});
  for (const SessionPlayer& p : s.players) put.entries.push_back({"player", under(s.app, p.id).from + when});
  if (s.expires_at != 0) put.entries.push_back({"silent", sortable(s.expires_at) + s.id});
  return put;
}

Result<Session> read_session(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const auto status = status_of(text_of(*o, "status"));
  const json::value *players = o->if_contains("players"), *history = o->if_contains("history");
  if (!status || !players || !players->is_array() || !history || !history->is_array()) return corrupt(d);
  const size_t slash = d.id.find('/');
  Session s{.app = d.id.substr(0, slash),
            .id = d.id.substr(slash + 1),
            .status = *status,
            .mode = text_of(*o, "mode"),
            .match_id = text_of(*o, "match_id")};
  for (const json::value& p : players->as_array()) {
    if (!p.is_object()) return corrupt(d);
    const json::object& player = p.as_object();
    const int team = player.contains("team") ? static_cast<int>(number_of(player, "team")) : -1;
    s.players.push_back({text_of(player, "id"), number_of(player, "rating"), team});
  }
  for (const json::value& e : history->as_array()) {
    if (!e.is_object()) return corrupt(d);
    const json::object& event = e.as_object();
    s.history.push_back({number_of(event, "at"), text_of(event, "event"), object_of(event, "details")});
  }
  s.state = object_of(*o, "state");
  s.attributes = object_of(*o, "attributes");
  s.created_at = number_of(*o, "created_at");
  s.updated_at = number_of(*o, "updated_at");
  s.active_since = number_of(*o, "active_since");
  s.active_ms = number_of(*o, "active_ms");
  s.was_active = number_of(*o, "was_active") != 0;
  s.expires_at = number_of(*o, "expires_at");
  s.has_heartbeat = number_of(*o, "has_heartbeat") != 0;
  s.is_removed = number_of(*o, "is_removed") != 0;
  s.version = d.version;
  return s;
}

ports::Fact fact_of(const Session& s, std::string_view name, UnixMillis at) {
  json::array players;
  for (const SessionPlayer& p : s.players) players.push_back(json::string(p.id));
  json::object properties{{"session_id", s.id}, {"status", name_of(s.status)}, {"players", std::move(players)}};
  if (!s.mode.empty()) properties["mode"] = s.mode;
  if (!s.match_id.empty()) properties["match_id"] = s.match_id;
  if (is_over(s.status)) properties["seconds_played"] = s.seconds_played();
  const std::string text = json::serialize(properties);
  const std::string& first = s.players.front().id;
  return {scoped(s.app, first),
          events::fact_row(
              {.app = s.app, .player_id = first, .name = name, .at = at, .properties = text, .match_id = s.match_id})};
}

}  // namespace gamekeeper::play
