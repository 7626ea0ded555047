#include "play/results/queue_record.h"

#include <boost/json.hpp>

#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {

namespace {

Result<RatingRules> rules_in(const boost::json::object& record, std::string_view name) {
  const boost::json::value* value = record.if_contains(name);
  if (!value) return RatingRules{};
  if (!value->is_object()) return fail(ErrorKind::kCorrupt, "corrupt", "Stored rules are no object.");
  return change_rules({}, value->as_object());
}

}  // namespace

void QueueRecord::set_rules(RatingRules to, UnixMillis at) {
  rules.placement_games = to.placement_games;
  rules_set_at = at;
  wanted.reset();
  if (applied == 0)
    rules = std::move(to);
  else if (to != rules)
    wanted = std::move(to);
}

void QueueRecord::take_up_wanted() {
  if (wanted) rules = *std::exchange(wanted, std::nullopt);
}

ports::Put put_of(const QueueRecord& q) {
  boost::json::object body{{"applied", static_cast<int64_t>(q.applied)},
                           {"recompute", q.recompute ? 1 : 0},
                           {"recomputed", static_cast<int64_t>(q.recomputed)}};
  if (q.rules_set_at != 0) {
    body["rules"] = show(q.rules);
    body["rules_set_at"] = q.rules_set_at;
  }
  if (q.wanted) body["wanted"] = show(*q.wanted);
  return {.collection = kRatingQueues,
          .id = scoped(q.app, q.queue),
          .body = boost::json::serialize(body),
          .entries = {{"all", scoped(q.app, q.queue)}},
          .expected = q.version};
}

Result<QueueRecord> read_rating_queue(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  auto rules = rules_in(*o, "rules"), wanted = rules_in(*o, "wanted");
  if (!rules || !wanted) return fail(ErrorKind::kCorrupt, "corrupt", "A queue's stored rules cannot be read.", d.id);
  const size_t slash = d.id.find('/');
  return QueueRecord{.app = d.id.substr(0, slash),
                     .queue = slash == d.id.npos ? std::string() : d.id.substr(slash + 1),
                     .applied = static_cast<uint64_t>(gate::number_of(*o, "applied")),
                     .recompute = gate::number_of(*o, "recompute") != 0,
                     .recomputed = static_cast<uint64_t>(gate::number_of(*o, "recomputed")),
                     .rules = std::move(*rules),
                     .wanted = o->contains("wanted") ? std::optional(std::move(*wanted)) : std::nullopt,
                     .rules_set_at = gate::number_of(*o, "rules_set_at"),
                     .version = d.version};
}

}  // namespace gamekeeper::play
