#include "play/matchmaking/ticket.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "events/fact.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using gate::number_of;
using gate::sortable;
using gate::text_of;

constexpr std::array<std::string_view, 5> kTicketStatuses{"searching", "matched", "expired", "left", "cancelled"};
constexpr char kBetween = '\x1f';  // ids have no control characters

double real_of(const json::object& o, std::string_view name, double fallback) {
  const json::value* value = o.if_contains(name);
  return value && value->is_number() ? value->to_number<double>() : fallback;
}

json::array teams_json(const std::vector<std::vector<std::string>>& teams) {
  json::array out;
  for (const auto& team : teams) {
    json::array players;
    for (const std::string& id : team) players.push_back(json::string(id));
    out.push_back(json::object{{"players", std::move(players)}});
  }
  return out;
}

std::unexpected<Error> corrupt_ticket(const ports::Document& document) {
  return fail(ErrorKind::kCorrupt, "corrupt", "A stored ticket cannot be read.", document.id);
}

std::optional<TicketMatch> read_match(const json::object& o) {
  const json::value* teams = o.if_contains("teams");
  if (!teams || !teams->is_array()) return std::nullopt;
  TicketMatch match{.match_id = text_of(o, "match_id"),
                    .session_id = text_of(o, "session_id"),
                    .quality = real_of(o, "quality", 0),
                    .predicted_win = real_of(o, "predicted_win", 0.5),
                    .at = number_of(o, "at")};
  for (const json::value& team : teams->as_array()) {
    const json::value* players = team.is_object() ? team.as_object().if_contains("players") : nullptr;
    if (!players || !players->is_array()) return std::nullopt;
    std::vector<std::string> ids;
    for (const json::value& id : players->as_array()) ids.emplace_back(id.is_string() ? id.as_string() : "");
    match.teams.push_back(std::move(ids));
  }
  return match;
}

}  // namespace

std::string_view name_of(TicketStatus status) { return kTicketStatuses[static_cast<size_t>(status)]; }

bool Ticket::has(std::string_view player_id) const {
  return std::ranges::any_of(players, [&](const TicketPlayer& p) { return p.id == player_id; });
}

double Ticket::waited_seconds(UnixMillis now) const {
  return static_cast<double>(std::max<int64_t>((ended_at != 0 ? ended_at : now) - since, 0)) / 1000;
}

void Ticket::end(TicketStatus how, UnixMillis now) {
  status = how;
  ended_at = now;
}

ports::PooledTicket Ticket::pooled() const {
  ports::PooledTicket out{.id = id, .since = since};
  double rating = 0, variance = 0;
  for (const TicketPlayer& p : players) {
    out.players.push_back(p.id);
    rating += p.rating;
    variance += p.deviation * p.deviation;
  }
  const auto n = static_cast<double>(std::max<size_t>(players.size(), 1));
  out.rating = rating / n;
  out.deviation = std::sqrt(variance) / n;
  return out;
}

std::string player_key(std::string_view app, std::string_view player_id) {
  return std::string(app).append(1, kBetween).append(player_id).append(1, kBetween);
}

std::string waiting_key(const ports::QueueId& queue) { return player_key(queue.app, queue.queue); }

ports::Put put_of(const Ticket& t) {
  json::array players;
  for (const TicketPlayer& p : t.players)
    players.push_back(json::object{{"id", p.id}, {"rating", p.rating}, {"deviation", p.deviation}});
  json::object latencies;
  for (const auto& [region, ms] : t.latencies) latencies[region] = ms;
  json::object body{{"queue", t.queue},
                    {"players", std::move(players)},
                    {"status", name_of(t.status)},
                    {"attributes", t.attributes},
                    {"latencies", std::move(latencies)},
                    {"since", t.since},
                    {"deadline", t.deadline},
                    {"ended_at", t.ended_at},
                    {"reason", t.reason}};
  if (t.match) {
    json::object match = show(*t.match);
    match["at"] = t.match->at;
    body["match"] = std::move(match);
  }
  ports::Put put{
      .collection = kTickets, .id = scoped(t.app, t.id), .body = json::serialize(body), .expected = t.version};
  const std::string when = sortable(t.since) + t.id;
  for (const TicketPlayer& p : t.players) put.entries.push_back({"player", player_key(t.app, p.id) + when});
  if (t.status != TicketStatus::kSearching) {
    put.entries.push_back({"expires", sortable(t.ended_at + Ticket::kEndedKeptMs)});
    return put;
  }
  for (const TicketPlayer& p : t.players) put.entries.push_back({"searching", player_key(t.app, p.id), true});
  put.entries.push_back({"waiting", waiting_key(t.queue_id()) + when});
  put.entries.push_back({"deadline", sortable(t.deadline) + t.id});
  return put;
}

Result<Ticket> read_ticket(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const auto status = std::ranges::find(kTicketStatuses, std::string_view(text_of(*o, "status")));
  const json::value *players = o->if_contains("players"), *latencies = o->if_contains("latencies"),
                    *attributes = o->if_contains("attributes");
  if (status == kTicketStatuses.end() || !players || !players->is_array() || !latencies || !latencies->is_object() ||
      !attributes || !attributes->is_object())
    return corrupt_ticket(d);
  const size_t slash = d.id.find('/');
  Ticket t{.app = d.id.substr(0, slash), .id = d.id.substr(slash + 1), .queue = text_of(*o, "queue")};
  t.status = static_cast<TicketStatus>(status - kTicketStatuses.begin());
  for (const json::value& p : players->as_array()) {
    if (!p.is_object()) return corrupt_ticket(d);
    const json::object& player = p.as_object();
    t.players.push_back({text_of(player, "id"), real_of(player, "rating", 1500), real_of(player, "deviation", 350)});
  }
  for (const auto& region : latencies->as_object())
    t.latencies[region.key()] = region.value().is_number() ? region.value().to_number<double>() : 0;
  t.attributes = attributes->as_object();
  t.since = number_of(*o, "since");
  t.deadline = number_of(*o, "deadline");
  t.ended_at = number_of(*o, "ended_at");
  t.reason = text_of(*o, "reason");
  if (const json::value* match = o->if_contains("match"); match && match->is_object())
    t.match = read_match(match->as_object());
  if ((t.status == TicketStatus::kMatched) != t.match.has_value()) return corrupt_ticket(d);
  t.version = d.version;
  return t;
}

void add_facts(ports::WriteSet& set, const Ticket& t, std::string_view name, UnixMillis at) {
  json::object properties{{"ticket_id", t.id},
                          {"queue", t.queue},
                          {"party_size", t.players.size()},
                          {"rating", std::llround(t.pooled().rating)}};
  if (t.status != TicketStatus::kSearching) {
    properties["reason"] = t.reason.empty() ? name_of(t.status) : std::string_view(t.reason);
    properties["waited_seconds"] = t.waited_seconds(at);
  }
  const std::string text = json::serialize(properties);
  for (const TicketPlayer& p : t.players)
    set.facts.push_back(
        {scoped(t.app, p.id),
         events::fact_row({.app = t.app, .player_id = p.id, .name = name, .at = at, .properties = text})});
}

json::object show(const TicketMatch& match) {
  return {{"match_id", match.match_id},
          {"session_id", match.session_id},
          {"teams", teams_json(match.teams)},
          {"quality", match.quality},
          {"predicted_win", match.predicted_win}};
}

}  // namespace gamekeeper::play
