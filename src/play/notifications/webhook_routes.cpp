#include "play/notifications/webhook_routes.h"

#include <boost/json.hpp>

#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

constexpr int64_t kOverlapSeconds = 24 * 3600, kOverlapSecondsMost = 30 * 24 * 3600;

json::value time_or_null_of(UnixMillis at) { return at == 0 ? json::value(nullptr) : json::value(format_time(at)); }

json::object show(const Webhook& w) {
  json::array events;
  for (const std::string& event : w.events) events.push_back(json::string(event));
  return {{"id", w.id},
          {"url", w.url},
          {"events", std::move(events)},
          {"enabled", w.enabled},
          {"created_at", format_time(w.created_at)},
          {"failing_since", time_or_null_of(w.failing_since)},
          {"disabled_at", time_or_null_of(w.disabled_at)}};
}

/// The only answers that hold the secret: to who makes it.
json::object show_with_secret(const Webhook& w) {
  json::object out = show(w);
  out["secret"] = w.secret;
  return out;
}

json::object show(const Delivery& d) {
  const bool waits = d.status == DeliveryStatus::kWaiting;
  return {{"id", d.id},
          {"event", d.event},
          {"status", name_of(d.status)},
          {"attempts", d.attempts},
          {"created_at", format_time(d.created_at)},
          {"next_at", time_or_null_of(waits ? d.next_at : 0)},
          {"ended_at", time_or_null_of(d.ended_at)},
          {"error", d.error.empty() ? json::value(nullptr) : json::value(d.error)}};
}

Result<std::optional<std::vector<std::string>>> texts_of(const json::object& body, const char* name) {
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) return std::optional<std::vector<std::string>>();
  if (!value->is_array()) return net::invalid("bad_type", "The field must be a list.", name, "list of strings");
  std::vector<std::string> out;
  for (const json::value& v : value->as_array()) {
    if (!v.is_string()) return net::invalid("bad_type", "The list must hold strings.", name, "list of strings");
    out.emplace_back(v.as_string());
  }
  return std::optional(std::move(out));
}

Task<Result<Response>> create_webhook(Webhooks& webhooks, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"url", "events", "secret"});
  if (!body) co_return std::unexpected(body.error());
  auto url = net::text_field(*body, "url");
  auto events = texts_of(*body, "events");
  auto secret = net::optional_text_field(*body, "secret");
  if (!url) co_return std::unexpected(url.error());
  if (!events) co_return std::unexpected(events.error());
  if (!secret) co_return std::unexpected(secret.error());
  if (!*events) co_return net::invalid("required", "The field is required.", "events");
  auto w = co_await webhooks.create(who.app, std::move(*url), std::move(**events), std::move(*secret));
  if (!w) co_return std::unexpected(w.error());
  co_return net::json(json::serialize(show_with_secret(*w)), 201);
}

Task<Result<Response>> list_webhooks(Webhooks& webhooks, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await webhooks.list(who.app, *limit, request.query_param("cursor"));
  co_return net::page_of(page, [](const Webhook& w) { return show(w); });
}

Task<Result<Response>> read_webhook_route(Webhooks& webhooks, const Request& request, const Principal& who) {
  auto w = co_await webhooks.read(who.app, std::string(request.param("id")));
  if (!w) co_return std::unexpected(w.error());
  co_return net::json(json::serialize(show(*w)));
}

Task<Result<Response>> change_webhook(Webhooks& webhooks, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"url", "events", "enabled"});
  if (!body) co_return std::unexpected(body.error());
  auto url = net::optional_text_field(*body, "url");
  auto events = texts_of(*body, "events");
  if (!url) co_return std::unexpected(url.error());
  if (!events) co_return std::unexpected(events.error());
  WebhookChange change{.url = std::move(*url), .events = std::move(*events)};
  if (const json::value* enabled = body->if_contains("enabled"); enabled && !enabled->is_null()) {
    if (!enabled->is_bool()) co_return net::invalid("bad_type", "It is on or off.", "enabled", "true or false");
    change.enabled = enabled->as_bool();
  }
  auto w = co_await webhooks.change(who.app, std::string(request.param("id")), std::move(change));
  if (!w) co_return std::unexpected(w.error());
  co_return net::json(json::serialize(show(*w)));
}

Task<Result<Response>> rotate_webhook(Webhooks& webhooks, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"overlap_seconds"});
  if (!body) co_return std::unexpected(body.error());
  int64_t overlap = kOverlapSeconds;
  if (const json::value* given = body->if_contains("overlap_seconds"); given && !given->is_null()) {
    if (!given->is_int64() || given->as_int64() < 0 || given->as_int64() > kOverlapSecondsMost)
      co_return net::invalid("bad_value", "The overlap is a number of seconds.", "overlap_seconds", "0 to 2592000");
    overlap = given->as_int64();
  }
  auto w = co_await webhooks.rotate(who.app, std::string(request.param("id")), overlap * 1000);
  if (!w) co_return std::unexpected(w.error());
  co_return net::json(json::serialize(show_with_secret(*w)));
}

Task<Result<Response>> remove_webhook(Webhooks& webhooks, const Request& request, const Principal& who) {
  auto done = co_await webhooks.remove(who.app, std::string(request.param("id")));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> list_deliveries(Webhooks& webhooks, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto status = net::word_param(request, "status", delivery_status_of, "waiting | delivered | dead");
  if (!status) co_return std::unexpected(status.error());
  auto page = co_await webhooks.deliveries(who.app, std::string(request.param("id")), *status, *limit,
                                           request.query_param("cursor"));
  co_return net::page_of(page, [](const Delivery& d) { return show(d); });
}

Task<Result<Response>> retry_deliveries(Webhooks& webhooks, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"ids"});
  if (!body) co_return std::unexpected(body.error());
  auto ids = texts_of(*body, "ids");
  if (!ids) co_return std::unexpected(ids.error());
  auto count = co_await webhooks.retry(who.app, std::string(request.param("id")),
                                       std::move(*ids).value_or(std::vector<std::string>()));
  if (!count) co_return std::unexpected(count.error());
  co_return net::json(json::serialize(json::object{{"retried", *count}}));
}

}  // namespace

void add_webhook_routes(net::Router& router, Webhooks& webhooks) {
  constexpr net::RoutePolicy kReads{.server_key = true, .admin = AdminRole::kSupport};
  const auto write = [](const char* action) {
    return net::RoutePolicy{
        .server_key = true, .admin = AdminRole::kAdmin, .idempotent = true, .action = action, .audited = true};
  };
  const auto on = [&](Method method, const char* path, net::RoutePolicy policy, const char* summary, auto handle) {
    router.add(method, path, policy, summary,
               net::takes_json(
                   [&webhooks, handle](const Request& r, const Principal& who) { return handle(webhooks, r, who); }));
  };
  on(Method::kPost, "/api/v1/webhooks", write("webhook.create"), "Makes a webhook; its secret is shown this once.",
     create_webhook);
  on(Method::kGet, "/api/v1/webhooks", kReads, "The app's webhooks.", list_webhooks);
  on(Method::kGet, "/api/v1/webhooks/{id}", kReads, "A webhook.", read_webhook_route);
  on(Method::kPut, "/api/v1/webhooks/{id}", write("webhook.change"), "Changes a webhook.", change_webhook);
  on(Method::kDelete, "/api/v1/webhooks/{id}", write("webhook.remove"), "Removes a webhook.", remove_webhook);
  on(Method::kPost, "/api/v1/webhooks/{id}/rotate", write("webhook.rotate"), "A new secret; the old one signs, too.",
     rotate_webhook);
  on(Method::kGet, "/api/v1/webhooks/{id}/deliveries", kReads, "What goes to a webhook, newest first; ?status=.",
     list_deliveries);
  on(Method::kPost, "/api/v1/webhooks/{id}/deliveries/retry", write("webhook.retry"), "Dead deliveries wait again.",
     retry_deliveries);
}

}  // namespace gamekeeper::play
