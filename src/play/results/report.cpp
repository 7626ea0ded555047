#include "play/results/report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <set>

#include "events/extract.h"
#include "net/json_body.h"
#include "play/accounts/player_rating.h"
#include "play/ratings/match.h"
#include "play/results/rater.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr int64_t kRankMax = 1'000'000;
constexpr int64_t kAheadMs = 24 * 3600 * 1000;
constexpr UnixMillis kOldest = -5'364'662'400'000;  // 1800-01-01

std::unexpected<Error> bad_type(const char* message, std::string field) {
  return net::invalid("bad_type", message, std::move(field));
}

Result<void> check_id(std::string_view id, const std::string& field) {
  if (events::is_id_text(id)) return {};
  return net::invalid("bad_value", "An id has 1 to 128 characters, none of them a control character.", field,
                      "1 to 128 characters");
}

Result<std::optional<double>> read_score(const json::object& o, const std::string& field) {
  const json::value* value = o.if_contains("score");
  if (!value || value->is_null()) return std::nullopt;
  if (!value->is_number()) return bad_type("A score is a number.", field);
  const double score = value->to_number<double>();
  if (!(std::abs(score) <= ratings::kScoreMax))
    return net::invalid("bad_value", "A score lies within 2^53 of zero.", field, "2^53");
  return score;
}

Result<MatchPlayer> read_seat(const json::value& value, const std::string& at) {
  MatchPlayer out;
  if (value.is_string()) {
    out.id = value.as_string();
  } else if (const json::object* o = value.if_object()) {
    for (const auto& field : *o) {
      if (field.key() != "player_id" && field.key() != "score")
        return net::invalid("unknown_field", "There is no such field.", at + "." + std::string(field.key()));
    }
    auto id = net::text_field(*o, "player_id");
    if (!id) return std::unexpected(id.error());
    auto score = read_score(*o, at + ".score");
    if (!score) return std::unexpected(score.error());
    out.id = std::move(*id);
    out.score = *score;
  } else {
    return bad_type("A player is an id, or an object with player_id and score.", at);
  }
  if (auto ok = check_id(out.id, at); !ok) return std::unexpected(ok.error());
  return out;
}

Result<MatchTeam> read_team(const json::value& value, const std::string& at) {
  const json::object* o = value.if_object();
  if (!o) return bad_type("A team is an object.", at);
  for (const auto& field : *o) {
    if (field.key() != "players" && field.key() != "rank" && field.key() != "score" && field.key() != "side")
      return net::invalid("unknown_field", "There is no such field.", at + "." + std::string(field.key()));
  }
  MatchTeam team;
  const json::value *rank = o->if_contains("rank"), *players = o->if_contains("players");
  if (!rank) return net::invalid("required", "The field is required.", at + ".rank");
  if (!rank->is_int64() || rank->as_int64() < 1 || rank->as_int64() > kRankMax)
    return net::invalid("bad_value", "A rank is a whole number from 1, the best.", at + ".rank", "1 to 1000000");
  team.rank = static_cast<uint32_t>(rank->as_int64());
  auto score = read_score(*o, at + ".score");
  if (!score) return std::unexpected(score.error());
  team.score = *score;
  auto side = net::optional_text_field(*o, "side");
  if (!side) return std::unexpected(side.error());
  team.side = std::move(*side).value_or("");
  if (!team.side.empty() && !events::is_id_text(team.side))
    return net::invalid("bad_value", "A side has at most 128 characters.", at + ".side", "128 characters");
  if (!players) return net::invalid("required", "The field is required.", at + ".players");
  if (!players->is_array()) return bad_type("The players of a team are a list.", at + ".players");
  for (const json::value& p : players->as_array()) {
    auto seat = read_seat(p, at + ".players[" + std::to_string(team.players.size()) + "]");
    if (!seat) return std::unexpected(seat.error());
    team.players.push_back(std::move(*seat));
  }
  if (team.players.empty())
    return net::invalid("bad_value", "A team has at least one player.", at + ".players", "1 to 256");
  return team;
}

Result<std::vector<MatchTeam>> read_teams(const json::object& body) {
  const json::value* value = body.if_contains("teams");
  if (!value) return net::invalid("required", "The field is required.", "teams");
  if (!value->is_array()) return bad_type("The teams are a list.", "teams");
  const json::array& list = value->as_array();
  if (list.size() < 2 || list.size() > MatchResult::kTeamsMax)
    return net::invalid("bad_value", "A match has 2 to 100 teams.", "teams", "2 to 100");
  std::vector<MatchTeam> teams;
  for (const json::value& each : list) {
    auto team = read_team(each, "teams[" + std::to_string(teams.size()) + "]");
    if (!team) return std::unexpected(team.error());
    teams.push_back(std::move(*team));
  }
  return teams;
}

/// The player's outcome, as a word or as the score of the usual formulas: 1 a win, 0.5 a draw, 0 a loss.
Result<Outcome> played_outcome(const json::object& body) {
  const json::value* value = body.if_contains("outcome");
  if (!value || value->is_null()) return net::invalid("required", "The field is required.", "outcome");
  if (value->is_number()) {
    const double score = value->to_number<double>();
    if (score == 1) return Outcome::kWin;
    if (score == 0.5) return Outcome::kDraw;
    if (score == 0) return Outcome::kLoss;
  } else if (value->is_string()) {
    const auto& word = value->as_string();
    if (word == "win") return Outcome::kWin;
    if (word == "draw") return Outcome::kDraw;
    if (word == "loss") return Outcome::kLoss;
  } else {
    return net::invalid("bad_type", "The outcome is a word or a number.", "outcome", "string or number");
  }
  return net::invalid("bad_value", "The outcome is the player's: win, draw or loss, or 1, 0.5 or 0.", "outcome",
                      "win | draw | loss | 1 | 0.5 | 0");
}

/// The form with one opponent.
Result<std::vector<MatchTeam>> read_outcome(const json::object& body) {
  auto player = net::text_field(body, "player_id"), opponent = net::text_field(body, "opponent_id");
  for (const auto* field : {&player, &opponent}) {
    if (!*field) return std::unexpected(field->error());
  }
  if (auto ok = check_id(*player, "player_id"); !ok) return std::unexpected(ok.error());
  if (auto ok = check_id(*opponent, "opponent_id"); !ok) return std::unexpected(ok.error());
  const auto outcome = played_outcome(body);
  if (!outcome) return std::unexpected(outcome.error());
  return std::vector<MatchTeam>{
      {.rank = *outcome == Outcome::kLoss ? 2u : 1u, .players = {{.id = std::move(*player)}}},
      {.rank = *outcome == Outcome::kWin ? 2u : 1u, .players = {{.id = std::move(*opponent)}}}};
}

Result<std::optional<UnixMillis>> read_time(const json::object& body, UnixMillis now) {
  auto text = net::optional_text_field(body, "time");
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  const auto time = parse_time(**text);
  if (!time) return net::invalid("bad_time", "The time must be RFC 3339.", "time", "RFC 3339");
  if (*time < kOldest || *time > now + kAheadMs)
    return net::invalid("time_out_of_range", "The time lies before 1800 or more than a day ahead.", "time",
                        "1800-01-01 to 24 h ahead");
  return *time;
}

Result<void> check_players(const MatchResult& r) {
  std::set<std::string_view> seen;
  for (const MatchTeam& team : r.teams) {
    for (const MatchPlayer& p : team.players) {
      if (!seen.insert(p.id).second)
        return net::invalid("duplicate_player", "A player stands twice in the match.", "teams", p.id);
    }
  }
  if (seen.size() <= MatchResult::kPlayersMax) return {};
  return net::invalid("bad_value", "A match has at most 256 players.", "teams", "256 players");
}

Result<MatchResult> read_body(const json::object& body, UnixMillis now) {
  MatchResult r;
  auto queue = net::optional_text_field(body, "queue"), session = net::optional_text_field(body, "session_id");
  if (!queue) return std::unexpected(queue.error());
  if (!session) return std::unexpected(session.error());
  r.queue = std::move(*queue).value_or(kMainQueue);
  if (auto ok = check_id(r.queue, "queue"); !ok) return std::unexpected(ok.error());
  if (*session) {
    if (auto ok = check_id(**session, "session_id"); !ok) return std::unexpected(ok.error());
    r.session_id = std::move(**session);
  }
  auto time = read_time(body, now);
  if (!time) return std::unexpected(time.error());
  r.time = *time;
  const bool has_teams = body.contains("teams"), has_outcome = body.contains("outcome");
  if (has_teams && (has_outcome || body.contains("player_id") || body.contains("opponent_id")))
    return net::invalid("bad_value", "A result has either teams or player_id, opponent_id and outcome.", "teams");
  auto teams = has_outcome || body.contains("player_id") ? read_outcome(body) : read_teams(body);
  if (!teams) return std::unexpected(teams.error());
  r.teams = std::move(*teams);
  if (auto ok = check_players(r); !ok) return std::unexpected(ok.error());
  return r;
}

}  // namespace

Result<MatchResult> read_report(const json::object& body, std::string_view id_if_absent, UnixMillis now) {
  auto id = net::optional_text_field(body, "match_id");
  if (!id) return std::unexpected(id.error());
  if (!*id && (id_if_absent.empty() || body.contains("teams")))
    return net::invalid("required", "A result has a match_id, or (with player_id and opponent_id) an Idempotency-Key.",
                        "match_id");
  std::string match_id = *id ? std::move(**id) : std::string(id_if_absent);
  if (auto ok = check_id(match_id, "match_id"); !ok) return std::unexpected(ok.error());
  auto r = read_body(body, now);
  if (r) r->match_id = std::move(match_id);
  return r;
}

Result<MatchResult> read_correction(const json::object& body, std::string match_id, UnixMillis now) {
  auto r = read_body(body, now);
  if (r) r->match_id = std::move(match_id);
  return r;
}

bool is_agreed(const ReportedResult& version) {
  size_t whole = 0, speaking = 0;
  for (const MatchTeam& team : version.result.teams) {
    const auto stands = [&](const MatchPlayer& p) { return std::ranges::count(version.reporters, p.id) != 0; };
    whole += std::ranges::all_of(team.players, stands);
    speaking += std::ranges::any_of(team.players, stands);
  }
  return whole + 1 >= version.result.teams.size() && speaking >= 2;
}

bool all_have_spoken(const Match& match) {
  std::set<std::string_view> spoken;
  for (const ReportedResult& report : match.reports) spoken.insert(report.reporters.begin(), report.reporters.end());
  return std::ranges::all_of(match.reports, [&](const ReportedResult& report) {
    return std::ranges::all_of(report.result.teams, [&](const MatchTeam& team) {
      return std::ranges::all_of(team.players, [&](const MatchPlayer& p) { return spoken.contains(p.id); });
    });
  });
}

}  // namespace gamekeeper::play
