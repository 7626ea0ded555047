#include "operate/openapi.h"

#include <boost/json.hpp>
#include <map>

namespace gamekeeper::operate {
namespace {

namespace json = boost::json;

const char* method_of(net::Method method) {
  switch (method) {
    case net::Method::kPost: return "post";
    case net::Method::kPut: return "put";
    case net::Method::kDelete: return "delete";
    case net::Method::kPatch: return "patch";
    default: return "get";
  }
}

std::string who_may(const net::RoutePolicy& p) {
  if (p.anonymous) return "anyone";
  std::string out;
  auto add = [&out](bool yes, const char* name) {
    if (yes) out += (out.empty() ? "" : ", ") + std::string(name);
  };
  add(p.write_key, "write key");
  add(p.read_key, "read key");
  add(p.server_key, "server key");
  add(p.player, "player");
  add(p.admin == AdminRole::kAnalyst, "analyst");
  add(p.admin == AdminRole::kSupport, "support");
  add(p.admin == AdminRole::kAdmin, "admin");
  return out;
}

json::array parameters_of(const std::string& pattern) {
  json::array out;
  for (size_t at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1)) {
    out.push_back(json::object{{"name", pattern.substr(at + 1, pattern.find('}', at) - at - 1)}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  return out;
}

}  // namespace

std::string openapi(const net::Router& router) {
  json::object paths;
  const json::value problem = {{"description", "A problem (RFC 9457)"}, {"content", {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
  for (const auto& route : router.routes()) {
    if (!paths.contains(route->pattern)) paths[route->pattern] = json::object{};
    json::object operation{{"summary", route->summary}, {"description", "Who may call: " + who_may(route->policy) + "."},
                           {"parameters", parameters_of(route->pattern)},
                           {"responses", {{"200", {{"description", "Done"}}}, {"default", problem}}}};
    if (!route->policy.anonymous) operation["security"] = json::array{json::object{{"bearer", json::array{}}}, json::object{{"key", json::array{}}}};
    paths[route->pattern].as_object()[method_of(route->method)] = std::move(operation);
  }
  json::object components{
      {"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}, {"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}}},
      {"schemas", {{"Problem", {{"type", "object"}, {"required", {"type", "title", "status", "code", "detail", "request_id"}},
                                {"properties", {{"type", {{"type", "string"}}}, {"title", {{"type", "string"}}}, {"status", {{"type", "integer"}}}, {"code", {{"type", "string"}}},
                                                {"detail", {{"type", "string"}}}, {"field", {{"type", "string"}}}, {"limit", {{"type", "string"}}}, {"request_id", {{"type", "string"}}}}}}}}}};
  return json::serialize(json::object{{"openapi", "3.1.0"}, {"info", {{"title", "Gamekeeper"}, {"version", GAMEKEEPER_VERSION}}}, {"paths", std::move(paths)}, {"components", std::move(components)}});
}

std::string docs_page(const net::Router& router) {
  std::map<std::string, std::string> rows;
  for (const auto& route : router.routes()) {
    std::string method = method_of(route->method);
    for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    rows[route->pattern + method] = "<tr><td><code>" + method + "</code></td><td><code>" + route->pattern + "</code></td><td>" + route->summary + "</td><td>" + who_may(route->policy) + "</td></tr>";
  }
  std::string body = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Gamekeeper API</title>"
                     "<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
                     "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #8884}</style></head>"
                     "<body><h1>Gamekeeper API</h1><p>The same for programs: <a href=\"/openapi.json\">/openapi.json</a>.</p>"
                     "<table><thead><tr><th>Method</th><th>Path</th><th>What</th><th>Who may call</th></tr></thead><tbody>";
  for (const auto& [key, row] : rows) body += row;
  return body + "</tbody></table></body></html>";
}

}  // namespace gamekeeper::operate
