#include "operate/status_routes.h"

#include <chrono>

#include "base/json.h"
#include "operate/openapi.h"

namespace gamekeeper::operate {
namespace {

using net::Method;
using net::Request;
using net::Response;

const net::RoutePolicy kOpen{.anonymous = true, .needs_app = false};

Task<Result<Response>> detailed(Health& health, const Principal& who) {
  bool well = true;
  const bool known = who.kind != PrincipalKind::kAnonymous;  // strangers see what fails, not how
  std::string parts;
  for (const auto& [name, check] : health.checks()) {
    const auto start = std::chrono::steady_clock::now();
    Finding finding = co_await check();
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    well &= finding.well;
    parts +=
        (parts.empty() ? "" : ",") + json_string(name) + ":{\"status\":\"" + (finding.well ? "ok" : "failing") + "\"";
    if (known) parts += ",\"latency_ms\":" + std::to_string(ms) + ",\"details\":" + finding.details_json;
    parts += "}";
  }
  std::string body = std::string("{\"status\":\"") + (well ? "ok" : "degraded") + "\"";
  if (known) body += ",\"version\":\"" GAMEKEEPER_VERSION "\"";
  co_return net::json(body + ",\"checks\":{" + parts + "}}");
}

Task<Result<Response>> answer(Response response) { co_return response; }

}  // namespace

void add_status_routes(net::Router& router, Health& health, Metrics& metrics, std::function<std::string()> jwks) {
  router.add(Method::kGet, "/health", kOpen, "Whether the program answers.",
             [](const Request&, const Principal&) { return answer(net::json("{\"status\":\"ok\"}")); });
  router.add(Method::kGet, "/livez", kOpen, "Whether the program lives.",
             [](const Request&, const Principal&) { return answer(net::json("{\"status\":\"ok\"}")); });
  router.add(Method::kGet, "/readyz", kOpen, "Whether the program takes requests.",
             [&health](const Request& request, const Principal&) {
               return answer(health.ready() ? net::json("{\"status\":\"ready\"}")
                                            : net::problem({ErrorKind::kUnavailable, "not_ready",
                                                            "The server is starting or going down."},
                                                           request.request_id));
             });
  router.add(Method::kGet, "/health/detailed", kOpen, "Each store and engine; details with a key.",
             [&health](const Request&, const Principal& who) { return detailed(health, who); });
  router.add(Method::kGet, "/metrics", kOpen, "Prometheus metrics.", [&metrics](const Request&, const Principal&) {
    return answer(
        {.status = 200, .body = metrics.expose(), .content_type = "text/plain; version=0.0.4; charset=utf-8"});
  });
  router.add(Method::kGet, "/.well-known/jwks.json", kOpen, "Public keys of the tokens.",
             [jwks = std::move(jwks)](const Request&, const Principal&) { return answer(net::json(jwks())); });
  const auto document = std::make_shared<ApiDocument>(router);
  router.add(Method::kGet, "/openapi.json", kOpen, "This API as OpenAPI 3.1.",
             [document](const Request&, const Principal&) { return answer(net::json(document->json())); });
  router.add(Method::kGet, "/docs", kOpen, "This API as a page.", [document](const Request&, const Principal&) {
    return answer({.status = 200,
                   .body = document->page(),
                   .content_type = "text/html; charset=utf-8",
                   .headers = {{"Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors "
                                "'none'; form-action 'none'"}}});
  });
}

}  // namespace gamekeeper::operate
