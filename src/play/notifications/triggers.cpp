#include "play/notifications/triggers.h"

#include <boost/json.hpp>
#include <set>

#include "gate/records.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using gate::text_of;

json::object properties_of(const events::EventView& fact) {
  boost::system::error_code error;
  json::value value = json::parse(fact.properties.empty() ? "{}" : json::string_view(fact.properties), error);
  return error || !value.is_object() ? json::object() : std::move(value.as_object());
}

/// Ids in a list of texts.
void add_players(const json::value* list, std::set<std::string>& out) {
  if (!list || !list->is_array()) return;
  for (const json::value& id : list->as_array()) {
    if (id.is_string()) out.emplace(id.as_string());
  }
}

/// Of the fact's `teams` ([{players: [id…]}…]) or `players`, or the one under whom it stands.
std::set<std::string> players_of(const events::EventView& fact, const json::object& properties) {
  std::set<std::string> out;
  add_players(properties.if_contains("players"), out);
  if (const json::value* teams = properties.if_contains("teams"); teams && teams->is_array()) {
    for (const json::value& team : teams->as_array()) {
      if (team.is_object()) add_players(team.as_object().if_contains("players"), out);
    }
  }
  if (out.empty()) out.emplace(fact.player_id);
  return out;
}

void copy(const json::object& from, std::initializer_list<const char*> names, json::object& to) {
  for (const char* name : names) {
    if (const json::value* value = from.if_contains(name); value && value->is_primitive()) to[name] = *value;
  }
}

std::string match_of(const events::EventView& fact, const json::object& properties) {
  return fact.match_id.empty() ? text_of(properties, "match_id") : std::string(fact.match_id);
}

Draft draft_for(const events::EventView& fact, std::string player, const char* type, std::string about) {
  return {.app = std::string(fact.app),
          .player_id = std::move(player),
          .type = type,
          .about = std::move(about),
          .data = {},
          .at = fact.time};
}

std::vector<Draft> match_found(const events::EventView& fact) {
  const json::object properties = properties_of(fact);
  const std::string match = match_of(fact, properties);
  std::vector<Draft> out;
  if (match.empty()) return out;
  for (const std::string& player : players_of(fact, properties)) {
    Draft draft = draft_for(fact, player, "match_found", match);
    draft.data["match_id"] = match;
    copy(properties, {"session_id", "queue"}, draft.data);
    out.push_back(std::move(draft));
  }
  return out;
}

std::vector<Draft> match_result(const events::EventView& fact) {
  const json::object properties = properties_of(fact);
  const std::string match = match_of(fact, properties);
  if (match.empty()) return {};
  Draft draft = draft_for(fact, std::string(fact.player_id), "match_result", match);
  draft.data["match_id"] = match;
  copy(properties, {"queue", "rating", "change"}, draft.data);
  return {std::move(draft)};
}

/// The fact names those who came out on top; the others read their rank from the board.
std::vector<Draft> season_ended(const events::EventView& fact) {
  const json::object properties = properties_of(fact);
  const std::string board = text_of(properties, "board"), season = text_of(properties, "season");
  const json::value* top = properties.if_contains("top");
  std::vector<Draft> out;
  if (board.empty() || !top || !top->is_array()) return out;
  for (const json::value& each : top->as_array()) {
    const json::object* place = each.if_object();
    if (!place || text_of(*place, "player_id").empty() || !place->contains("rank")) continue;
    Draft draft = draft_for(fact, text_of(*place, "player_id"), "season_ended", board + "\x1f" + season);
    draft.data = {{"board", board}, {"season", season}};
    copy(*place, {"rank", "score"}, draft.data);
    out.push_back(std::move(draft));
  }
  return out;
}

/// Told once an hour of a board, however often it was said.
std::vector<Draft> rank_passed(const events::EventView& fact) {
  constexpr int64_t kHourMs = 3'600'000;
  const json::object properties = properties_of(fact);
  const std::string board = text_of(properties, "board");
  if (board.empty()) return {};
  Draft draft =
      draft_for(fact, std::string(fact.player_id), "rank_passed",
                board + "\x1f" + text_of(properties, "season") + "\x1f" + std::to_string(fact.time / kHourMs));
  copy(properties, {"board", "season", "by", "by_name", "rank"}, draft.data);
  return {std::move(draft)};
}

std::vector<Draft> welcome(const events::EventView& fact) {
  return {draft_for(fact, std::string(fact.player_id), "welcome", "")};
}

}  // namespace

std::vector<Draft> drafts_of(const events::EventView& fact) {
  if (fact.name == "match.formed") return match_found(fact);
  if (fact.name == "rating.changed") return match_result(fact);
  if (fact.name == "leaderboard.season_ended") return season_ended(fact);
  if (fact.name == "leaderboard.rank_passed") return rank_passed(fact);
  if (fact.name == "player.registered") return welcome(fact);
  return {};
}

}  // namespace gamekeeper::play
