#include "operate/openapi.h"

#include <algorithm>
#include <boost/json.hpp>

#include "operate/api_page.h"

namespace gamekeeper::operate {
namespace {

namespace json = boost::json;

const char* method_of(net::Method method) {
  switch (method) {
    case net::Method::kPost:
      return "post";
    case net::Method::kPut:
      return "put";
    case net::Method::kDelete:
      return "delete";
    case net::Method::kPatch:
      return "patch";
    default:
      return "get";
  }
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

json::array who_may(const net::RoutePolicy& p) {
  if (p.anonymous && !p.sole_app) return {"anyone"};
  json::array out;
  auto add = [&out](bool yes, const char* name) {
    if (yes) out.emplace_back(name);
  };
  add(p.write_key, "write key");
  add(p.read_key, "read key");
  add(p.server_key, "server key");
  add(p.player, "player");
  add(p.sole_app, "anyone while there is one app");
  add(p.admin == AdminRole::kAnalyst, "analyst");
  add(p.admin == AdminRole::kSupport, "support");
  add(p.admin == AdminRole::kAdmin, "admin");
  return out;
}

json::object ref(std::string_view kind, std::string_view name) {
  return {{"$ref", "#/components/" + std::string(kind) + "/" + std::string(name)}};
}

json::object refusal(std::string_view what) {
  return {{"description", what}, {"content", {{"application/problem+json", {{"schema", ref("schemas", "Problem")}}}}}};
}

json::array parameters_of(const net::Route& route, const json::object& part) {
  json::array out;
  const std::string& pattern = route.pattern;
  for (size_t at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1)) {
    out.push_back(json::object{{"name", pattern.substr(at + 1, pattern.find('}', at) - at - 1)},
                               {"in", "path"},
                               {"required", true},
                               {"schema", {{"type", "string"}}}});
  }
  if (const json::value* own = part.if_contains("parameters"))
    out.insert(out.end(), own->as_array().begin(), own->as_array().end());
  if (route.policy.idempotent) out.push_back(ref("parameters", "idempotency_key"));
  if (route.policy.admin != AdminRole::kNone && route.policy.needs_app) out.push_back(ref("parameters", "app"));
  return out;
}

/// The part's own answers and refusals, and those that every route of its kind has.
json::object responses_of(const net::Route& route, const json::object& part) {
  json::object out;
  if (const json::value* own = part.if_contains("responses")) out = own->as_object();
  if (const json::value* own = part.if_contains("refusals")) {
    for (const auto& [status, what] : own->as_object()) out[status] = refusal(std::string_view(what.as_string()));
  }
  auto add = [&out](const char* status, const char* what) {
    if (!out.contains(status)) out[status] = refusal(what);
  };
  if (!route.policy.anonymous || route.policy.sole_app) {
    add("401", "No key or token, or one that is not in force.");
    add("403", "The key's kind or the role may not.");
    add("429", "Too many calls.");
  }
  if (part.contains("requestBody")) {
    add("400", "The body, or a field of it, is wrong.");
    add("413", "The body is too large.");
    add("415", "The body's type or encoding is not known.");
  }
  if (route.policy.idempotent) add("422", "The Idempotency-Key was used before, with another body.");
  if (route.pattern.find('{') != std::string::npos) add("404", "There is no such thing, or it belongs to another app.");
  if (!route.policy.anonymous) add("404", "There is no app of that name for the caller (Gamekeeper-App).");
  if (route.policy.admin != AdminRole::kNone && route.policy.needs_app)
    add("400", "There are several apps, and none is named (Gamekeeper-App).");
  if (const json::value* own = part.if_contains("parameters"); own && !own->as_array().empty())
    add("400", "A parameter is wrong.");
  out["default"] = ref("responses", "Problem");
  return out;
}

json::object operation_of(const net::Route& route, const json::object& part) {
  json::object out;
  for (const char* key : {"operationId", "tags"}) {
    if (const json::value* value = part.if_contains(key)) out[key] = *value;
  }
  out["summary"] = route.summary;
  out["x-who-may-call"] = who_may(route.policy);
  if (auto parameters = parameters_of(route, part); !parameters.empty()) out["parameters"] = std::move(parameters);
  if (const json::value* body = part.if_contains("requestBody")) out["requestBody"] = *body;
  out["responses"] = responses_of(route, part);
  json::array security;
  if (route.policy.sole_app) security.push_back(json::object());
  if (!route.policy.anonymous || route.policy.sole_app) {
    security.push_back(json::object{{"bearer", json::array{}}});
    security.push_back(json::object{{"key", json::array{}}});
  }
  out["security"] = std::move(security);
  return out;
}

/// In the order of paths, then methods: two builds of the same routes give the same text.
json::object paths_of(const net::Router& router, const json::object& parts) {
  std::vector<const net::Route*> routes;
  for (const auto& route : router.routes()) {
    if (route->handler) routes.push_back(route.get());
  }
  std::ranges::sort(routes, {}, [](const net::Route* r) { return std::pair(r->pattern, r->method); });
  json::object paths;
  for (const net::Route* route : routes) {
    const std::string method = method_of(route->method);
    const json::value* part = parts.if_contains(upper(method) + " " + route->pattern);
    json::value& path = paths[route->pattern];
    if (!path.is_object()) path = json::object{};
    path.as_object()[method] = operation_of(*route, part ? part->as_object() : json::object());
  }
  return paths;
}

json::object components_of(const json::object& parts) {
  json::object schemas = parts.at("schemas").as_object();
  json::array codes;
  for (const auto& [code, about] : parts.at("problems").as_object()) codes.emplace_back(code);
  schemas["Code"] = json::object{{"type", "string"},
                                 {"description", "Stable reason; x-problems lists what each means."},
                                 {"enum", std::move(codes)}};
  return {
      {"schemas", std::move(schemas)},
      {"parameters", parts.at("parameters")},
      {"responses", {{"Problem", refusal("Any refusal: a problem (RFC 9457).")}}},
      {"securitySchemes",
       {{"bearer", {{"type", "http"}, {"scheme", "bearer"}, {"description", "A key, or an administrator's token."}}},
        {"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}}}};
}

}  // namespace

void ApiDocument::make() {
  const json::object parts = json::parse(api_parts()).as_object();
  json::object info = parts.at("info").as_object();
  info["version"] = GAMEKEEPER_VERSION;
  info["license"] = json::object{{"name", "MIT"}, {"identifier", "MIT"}};
  const json::object document{{"openapi", "3.1.0"},
                              {"info", std::move(info)},
                              {"tags", parts.at("tags")},
                              {"paths", paths_of(router_, parts.at("operations").as_object())},
                              {"components", components_of(parts)},
                              {"x-problems", parts.at("problems")}};
  json_ = json::serialize(document);
  page_ = api_page(document);
}

const std::string& ApiDocument::json() {
  std::call_once(once_, [this] { make(); });
  return json_;
}

const std::string& ApiDocument::page() {
  std::call_once(once_, [this] { make(); });
  return page_;
}

}  // namespace gamekeeper::operate
