#include "play/matchmaking/queue_rules.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "events/extract.h"
#include "gate/records.h"
#include "net/json_body.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

std::unexpected<Error> bad_rule(const char* code, const char* field, const std::string& limit) {
  return fail(ErrorKind::kInvalid, code, "The queue cannot be kept by this.", field, limit);
}

}  // namespace

double reach_of(const ports::PooledTicket& ticket, const QueueRules& rules, UnixMillis now) {
  const double waited = std::max(0.0, static_cast<double>(now - ticket.since) / 1000);
  if (waited >= static_cast<double>(rules.patience_seconds)) return kAnyone;
  return std::min(kAnyone, rules.window_start + rules.window_growth * waited);
}

Result<QueueRules> change_rules(QueueRules rules, const json::object& change) {
  for (const auto& ok : {net::take_number(change, "team_size", 1, QueueRules::kTeamSizeMax, rules.team_size),
                         net::take_number(change, "teams", 2, QueueRules::kTeamsMax, rules.teams),
                         net::take_number(change, "window_start", 1, 10'000, rules.window_start),
                         net::take_number(change, "window_growth", 0, 10'000, rules.window_growth),
                         net::take_number(change, "patience_seconds", 0, 86'400, rules.patience_seconds),
                         net::take_number(change, "max_wait_seconds", 1, 86'400, rules.max_wait_seconds)}) {
    if (!ok) return std::unexpected(ok.error());
  }
  if (rules.players() > QueueRules::kPlayersMax) return bad_rule("bad_value", "teams", "256 players in all");
  if (const json::value* mode = change.if_contains("match_mode")) {
    if (!mode->is_null() && !mode->is_string()) return bad_rule("bad_type", "match_mode", "128 characters");
    rules.match_mode = mode->is_null() ? std::string() : std::string(mode->as_string());
    if (!rules.match_mode.empty() && !events::is_id_text(rules.match_mode))
      return bad_rule("bad_value", "match_mode", "128 characters");
  }
  return rules;
}

json::object show(const QueueRules& rules) {
  return {{"team_size", rules.team_size},
          {"teams", rules.teams},
          {"window_start", rules.window_start},
          {"window_growth", rules.window_growth},
          {"patience_seconds", rules.patience_seconds},
          {"max_wait_seconds", rules.max_wait_seconds},
          {"match_mode", rules.match_mode.empty() ? json::value(nullptr) : json::value(rules.match_mode)}};
}

ports::Put put_of(const QueueSettings& settings) {
  json::object body = show(settings.rules);
  body["updated_at"] = settings.updated_at;
  ports::Put put{.collection = kQueues,
                 .id = scoped(settings.app, settings.name),
                 .body = json::serialize(body),
                 .expected = settings.version};
  put.entries.push_back({"name", scoped(settings.app, settings.name)});
  return put;
}

Result<QueueSettings> read_queue(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  auto rules = change_rules({}, *o);
  if (!rules) return fail(ErrorKind::kCorrupt, "corrupt", "A stored queue cannot be read.", d.id);
  const size_t slash = d.id.find('/');
  return QueueSettings{.app = d.id.substr(0, slash),
                       .name = d.id.substr(slash + 1),
                       .rules = std::move(*rules),
                       .updated_at = gate::number_of(*o, "updated_at"),
                       .version = d.version};
}

}  // namespace gamekeeper::play
