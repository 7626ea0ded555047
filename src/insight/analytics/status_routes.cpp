#include <boost/json.hpp>

#include "insight/analytics/analytics_routes.h"
#include "net/json_body.h"

namespace gamekeeper::analytics {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

Task<Result<Response>> get_pipeline(Analytics& analytics, const Principal& who) {
  auto query = co_await analytics.begin(who.app);
  if (!query) co_return std::unexpected(query.error());
  auto status = co_await analytics.status().pipeline(*query);
  if (!status) co_return std::unexpected(status.error());
  auto rate = co_await analytics.status().events_per_second(*query);
  if (!rate) co_return std::unexpected(rate.error());
  auto letters = co_await analytics.status().open_dead_letters(*query);
  if (!letters) co_return std::unexpected(letters.error());
  json::array partitions;
  for (const PartitionStatus& p : status->partitions) {
    partitions.push_back(json::object{{"partition", p.partition},
                                      {"head", p.head.value},
                                      {"committed", p.committed.value},
                                      {"lag_events", p.lag_events},
                                      {"lag_ms", p.lag_ms},
                                      {"epoch", p.epoch},
                                      {"owner", p.owner}});
  }
  co_return net::json(json::serialize(json::object{{"partitions", std::move(partitions)},
                                                   {"freshness_ms", status->freshness_ms},
                                                   {"events_per_second", *rate},
                                                   {"dead_letters", *letters}}));
}

Task<Result<Response>> get_names(Analytics& analytics, const Request& request, const Principal& who) {
  auto query = co_await analytics.begin(who.app);
  if (!query) co_return std::unexpected(query.error());
  auto names = co_await analytics.status().names(*query);
  if (!names) co_return std::unexpected(names.error());
  json::array items;
  for (const NameCount& name : *names) items.push_back(json::object{{"name", name.name}, {"count", name.count}});
  co_return net::page_of_whole(std::move(items), "name", request);
}

}  // namespace

void add_status_routes(net::Router& router, Analytics& analytics) {
  const net::RoutePolicy readers{.read_key = true, .admin = AdminRole::kAnalyst};
  router.add(Method::kGet, "/api/v1/admin/pipeline", readers, "How far the processor is, partition by partition.",
             [&analytics](const Request&, const Principal& who) { return get_pipeline(analytics, who); });
  router.add(Method::kGet, "/api/v1/admin/events/names", readers,
             "Names of the app's events and how many there are of each.",
             [&analytics](const Request& r, const Principal& who) { return get_names(analytics, r, who); });
}

}  // namespace gamekeeper::analytics
