#include "play/results/rating_rule_routes.h"

#include <boost/json.hpp>

#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

constexpr const char* kRulesPending =
    "Ratings go by the rules in_effect until they are recomputed: POST /api/v1/ratings/recompute, or gamekeeper "
    "ratings recompute.";

/// The rules as they are set, and those by which the ratings are what they are.
Response answer_with_rules(const QueueRecord& queue) {
  json::object out{{"queue", queue.queue}};
  for (const auto& rule : show(queue.rules_set())) out[rule.key()] = rule.value();
  out["in_effect"] = show(queue.rules);
  out["pending"] = queue.wanted.has_value();
  out["note"] = queue.wanted ? json::value(kRulesPending) : json::value(nullptr);
  out["updated_at"] = queue.rules_set_at == 0 ? json::value(nullptr) : json::value(format_time(queue.rules_set_at));
  return net::json(json::serialize(out));
}

Task<Result<Response>> get_rules(Results& results, const Request& request, const Principal& who) {
  auto queue = co_await results.queue_record(who.app, std::string(request.param("queue")));
  if (!queue) co_return std::unexpected(queue.error());
  co_return answer_with_rules(*queue);
}

Task<Result<Response>> put_rules(Results& results, const Request& request, const Principal& who) {
  auto body = net::object_body(
      request, {"system", "k_factor", "beta", "placement_games", "decay_after_days", "decay_points_a_day"});
  if (!body) co_return std::unexpected(body.error());
  auto queue = co_await results.set_rules(who.app, std::string(request.param("queue")), std::move(*body));
  if (!queue) co_return std::unexpected(queue.error());
  co_return answer_with_rules(*queue);
}

}  // namespace

void add_rating_rule_routes(net::Router& router, Results& results) {
  constexpr net::RoutePolicy kReads{.server_key = true, .admin = AdminRole::kSupport};
  constexpr net::RoutePolicy kChanges{
      .server_key = true, .admin = AdminRole::kSupport, .idempotent = true, .action = "ratings.rules", .audited = true};
  router.add(Method::kGet, "/api/v1/queues/{queue}/rating", kReads, "How a queue's ratings move.",
             [&results](const Request& r, const Principal& who) { return get_rules(results, r, who); });
  router.add(
      Method::kPut, "/api/v1/queues/{queue}/rating", kChanges, "Sets how a queue's ratings move; what is absent stays.",
      net::takes_json([&results](const Request& r, const Principal& who) { return put_rules(results, r, who); }));
}

}  // namespace gamekeeper::play
