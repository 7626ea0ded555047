#include "play/results/match_record.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <tuple>

#include "base/exact_number.h"
#include "base/ids.h"
#include "base/json.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kMatchStatuses{"applied", "pending", "disputed", "void"};
constexpr char kPart = '\x1f';  // ids hold no control characters

std::string parts(std::initializer_list<std::string_view> all) {
  std::string out;
  for (std::string_view part : all) {
    if (!out.empty()) out += kPart;
    out += part;
  }
  return out;
}

std::string score_text(const std::optional<double>& score) { return score ? exact_text(*score) : std::string(); }

// Written by hand: every result writes a match.

void append_field(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  out.append("\"").append(name).append("\":");
}
void append_text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  append_field(out, name);
  append_json_string(out, value);
}
void append_number(std::string& out, std::string_view name, int64_t value) {
  if (value == 0) return;
  append_field(out, name);
  out += std::to_string(value);
}

template <class Range, class Append>
void append_list(std::string& out, std::string_view name, const Range& range, Append append) {
  if (range.empty()) return;
  append_field(out, name);
  out += '[';
  for (const auto& each : range) {
    if (out.back() != '[') out += ',';
    append(each);
  }
  out += ']';
}

void append_teams(std::string& out, const std::vector<MatchTeam>& teams) {
  append_list(out, "teams", teams, [&out](const MatchTeam& team) {
    out += '{';
    append_number(out, "rank", team.rank);
    append_text(out, "score", score_text(team.score));
    append_text(out, "side", team.side);
    append_list(out, "players", team.players, [&out](const MatchPlayer& p) {
      out += '{';
      append_text(out, "id", p.id);
      append_text(out, "score", score_text(p.score));
      append_number(out, "before", p.before);
      append_number(out, "after", p.after);
      if (p.deviation != 0) append_text(out, "deviation", exact_text(p.deviation));
      out += '}';
    });
    out += '}';
  });
}

void append_result(std::string& out, const MatchResult& r) {
  append_text(out, "queue", r.queue);
  append_text(out, "session_id", r.session_id);
  if (r.time) append_text(out, "time", std::to_string(*r.time));
  append_teams(out, r.teams);
}

std::optional<double> exact_field(const json::object& o, std::string_view name) {
  const json::value* value = o.if_contains(name);
  return value && value->is_string() ? read_exact(value->as_string()) : std::nullopt;
}

const json::array& list_of(const json::object& o, std::string_view name) {
  static const json::array kNone;
  const json::value* value = o.if_contains(name);
  return value && value->is_array() ? value->as_array() : kNone;
}

MatchResult read_stored_result(const json::object& o) {
  MatchResult r{.queue = gate::text_of(o, "queue"), .session_id = gate::text_of(o, "session_id")};
  if (const json::value* time = o.if_contains("time"); time && time->is_string())
    r.time = std::strtoll(time->as_string().c_str(), nullptr, 10);
  for (const json::value& t : list_of(o, "teams")) {
    if (!t.is_object()) continue;
    const json::object& team = t.as_object();
    MatchTeam& into = r.teams.emplace_back(MatchTeam{.rank = static_cast<uint32_t>(gate::number_of(team, "rank")),
                                                     .score = exact_field(team, "score"),
                                                     .side = gate::text_of(team, "side")});
    for (const json::value& p : list_of(team, "players")) {
      if (!p.is_object()) continue;
      const json::object& player = p.as_object();
      into.players.push_back({.id = gate::text_of(player, "id"),
                              .score = exact_field(player, "score"),
                              .before = gate::number_of(player, "before"),
                              .after = gate::number_of(player, "after"),
                              .deviation = exact_field(player, "deviation").value_or(0)});
    }
  }
  return r;
}

std::vector<ports::IndexEntry> entries_of(const Match& m) {
  const std::string when = gate::sortable(m.received_at) + m.result.match_id;
  std::vector<ports::IndexEntry> out{{"created", scoped(m.app, when)}};
  // Nearly all matches are applied: who asks for those reads them by time.
  if (m.status != MatchStatus::kApplied) out.push_back({"status", scoped(m.app, name_of(m.status)) + "/" + when});
  if (m.deadline != 0) out.push_back({"deadline", gate::sortable(m.deadline) + when});
  if (m.applied != 0) out.push_back({kMatchesByNumber, match_number_key(m.app, m.result.queue, m.applied)});
  if (m.status != MatchStatus::kApplied) return out;
  const std::string number = gate::sortable(static_cast<int64_t>(m.applied));
  for (const MatchTeam& team : m.result.teams) {
    for (const MatchPlayer& p : team.players)
      out.push_back({kMatchesByPlayer, player_matches_prefix(m.app, m.result.queue, p.id) + number});
  }
  return out;
}

}  // namespace

std::string_view name_of(MatchStatus status) { return kMatchStatuses[static_cast<size_t>(status)]; }

std::optional<MatchStatus> match_status_of(std::string_view name) {
  const auto found = std::ranges::find(kMatchStatuses, name);
  if (found == kMatchStatuses.end()) return std::nullopt;
  return static_cast<MatchStatus>(found - kMatchStatuses.begin());
}

std::string MatchResult::digest() const {
  std::vector<std::string> sides;
  for (const MatchTeam& team : teams) {
    std::vector<std::string> members;
    for (const MatchPlayer& p : team.players) members.push_back(parts({p.id, score_text(p.score)}));
    std::ranges::sort(members);
    std::string text = std::to_string(team.rank) + kPart + score_text(team.score) + kPart + team.side;
    for (const std::string& member : members) text.append("\x1e").append(member);
    sides.push_back(std::move(text));
  }
  std::ranges::sort(sides);
  std::string text = queue + kPart + session_id + kPart + (time ? std::to_string(*time) : std::string());
  for (const std::string& side : sides) text.append("\x1d").append(side);
  return to_string(make_uuid_from(text));
}

bool MatchResult::has(std::string_view player_id) const {
  return std::ranges::any_of(teams, [&](const MatchTeam& team) {
    return std::ranges::any_of(team.players, [&](const MatchPlayer& p) { return p.id == player_id; });
  });
}

size_t Match::player_count() const {
  size_t count = 0;
  for (const MatchTeam& team : result.teams) count += team.players.size();
  return count;
}

std::string match_number_key(std::string_view app, std::string_view queue, uint64_t applied) {
  return scoped(app, parts({queue, gate::sortable(static_cast<int64_t>(applied))}));
}

std::string player_matches_prefix(std::string_view app, std::string_view queue, std::string_view player_id) {
  return scoped(app, parts({queue, player_id, ""}));
}

ports::Put put_of(const Match& m) {
  std::string body = "{";
  body.reserve(512);
  append_text(body, "id", m.result.match_id);
  append_text(body, "status", name_of(m.status));
  append_number(body, "played_at", m.time);
  append_number(body, "received_at", m.received_at);
  append_number(body, "settled_at", m.settled_at);
  append_number(body, "applied", static_cast<int64_t>(m.applied));
  append_text(body, "digest", m.digest);
  append_number(body, "deadline", m.deadline);
  append_text(body, "reason", m.reason);
  append_text(body, "reset_keep", score_text(m.reset_keep));
  append_list(body, "predicted", m.predicted, [&body](double p) { append_json_string(body, exact_text(p)); });
  append_result(body, m.result);
  append_list(body, "reports", m.reports, [&body](const ReportedResult& r) {
    body += '{';
    append_result(body, r.result);
    append_list(body, "reporters", r.reporters, [&body](const std::string& id) { append_json_string(body, id); });
    body += '}';
  });
  body += '}';
  return {.collection = kMatches,
          .id = scoped(m.app, m.result.match_id),
          .body = std::move(body),
          .entries = entries_of(m),
          .expected = m.version};
}

Result<Match> read_match(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const auto status = match_status_of(gate::text_of(*o, "status"));
  if (!status) return fail(ErrorKind::kCorrupt, "corrupt", "A stored match cannot be read.", d.id);
  Match m{.app = d.id.substr(0, d.id.find('/')),
          .result = read_stored_result(*o),
          .status = *status,
          .time = gate::number_of(*o, "played_at"),
          .received_at = gate::number_of(*o, "received_at"),
          .settled_at = gate::number_of(*o, "settled_at"),
          .applied = static_cast<uint64_t>(gate::number_of(*o, "applied")),
          .digest = gate::text_of(*o, "digest"),
          .deadline = gate::number_of(*o, "deadline"),
          .reason = gate::text_of(*o, "reason"),
          .reset_keep = exact_field(*o, "reset_keep"),
          .version = d.version};
  m.result.match_id = gate::text_of(*o, "id");
  for (const json::value& p : list_of(*o, "predicted")) {
    if (p.is_string()) m.predicted.push_back(read_exact(p.as_string()).value_or(0));
  }
  for (const json::value& r : list_of(*o, "reports")) {
    if (!r.is_object()) continue;
    ReportedResult& report = m.reports.emplace_back(ReportedResult{.result = read_stored_result(r.as_object())});
    report.result.match_id = m.result.match_id;
    for (const json::value& id : list_of(r.as_object(), "reporters")) {
      if (id.is_string()) report.reporters.emplace_back(id.as_string());
    }
  }
  if (m.result.teams.size() < 2 && !m.reset_keep)
    return fail(ErrorKind::kCorrupt, "corrupt", "A stored match cannot be read.", d.id);
  return m;
}

}  // namespace gamekeeper::play
