#include "insight/analytics/http_protocol.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace gamekeeper::analytics {
namespace {

namespace json = boost::json;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view take_until(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return trim(part);
}

/// 0 to 1; what cannot be read counts as 1.
double quality_of(std::string_view params) {
  while (!params.empty()) {
    std::string_view param = take_until(params, ';');
    if (param.size() < 2 || !same(param.substr(0, 2), "q=")) continue;
    double q = 1;
    std::from_chars(param.data() + 2, param.data() + param.size(), q);
    return std::clamp(q, 0.0, 1.0);
  }
  return 1;
}

/// The weight that `accept` gives to a type: that of its most specific range. -1: not named at all.
double weight_of(std::string_view accept, std::string_view type) {
  double weight = -1;
  int best = -1;
  while (!accept.empty()) {
    std::string_view params = take_until(accept, ',');
    const std::string_view range = take_until(params, ';');
    const int specific = same(range, type) ? 2 : same(range, "application/*") ? 1 : range == "*/*" ? 0 : -1;
    if (specific <= best) continue;
    best = specific;
    weight = quality_of(params);
  }
  return weight;
}

Result<json::value> parse(std::string_view text, std::string field) {
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error)
    return fail(ErrorKind::kInvalid, "bad_json", "This is not JSON: " + error.message() + ".", std::move(field));
  return value;
}

Result<std::string> text_param(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) return std::string();
  if (!value->is_string()) {
    return fail(ErrorKind::kInvalid, "bad_request", "`" + std::string(name) + "` must be a string.", std::string(name));
  }
  return std::string(value->as_string());
}

Result<json::object> map_param(json::value* value, std::string_view name) {
  if (!value || value->is_null()) return json::object();
  if (!value->is_object()) {
    return fail(ErrorKind::kInvalid, "bad_request", "`" + std::string(name) + "` must be an object.",
                std::string(name));
  }
  return std::move(value->as_object());
}

std::unexpected<Error> no_query() {
  return fail(ErrorKind::kInvalid, "bad_request", "`query` is missing: the GraphQL document goes there.", "query");
}

}  // namespace

std::string_view media_type_of(AnswerType type) {
  return type == AnswerType::kJson ? "application/json; charset=utf-8"
                                   : "application/graphql-response+json; charset=utf-8";
}

std::optional<AnswerType> negotiate(std::string_view accept) {
  if (trim(accept).empty()) return AnswerType::kJson;
  const double legacy = weight_of(accept, "application/json");
  const double modern = weight_of(accept, "application/graphql-response+json");
  if (legacy <= 0 && modern <= 0) return std::nullopt;
  if (modern > legacy) return AnswerType::kGraphqlResponse;
  if (modern < legacy) return AnswerType::kJson;
  // Equal weights: the newer type when it was named, the legacy one for a wildcard.
  const bool named = accept.find("graphql-response+json") != std::string_view::npos;
  return named ? AnswerType::kGraphqlResponse : AnswerType::kJson;
}

bool wants_page(std::string_view accept) {
  return weight_of(accept, "text/html") > 0 && accept.find("text/html") != std::string_view::npos &&
         accept.find("json") == std::string_view::npos;
}

bool is_json_body(std::string_view content_type) {
  std::string_view params = content_type;
  if (!same(take_until(params, ';'), "application/json")) return false;
  while (!params.empty()) {
    std::string_view param = take_until(params, ';');
    const std::string_view name = take_until(param, '=');
    std::string_view value = param;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (same(name, "charset") && !same(value, "utf-8") && !same(value, "utf8")) return false;
  }
  return true;
}

Result<graphql::Request> params_of_body(std::string_view body) {
  auto value = parse(body, "body");
  if (!value) return std::unexpected(value.error());
  if (value->is_array()) {
    return fail(ErrorKind::kInvalid, "batch_refused", "Send one request at a time; lists of requests are not answered.",
                "body", "1 request");
  }
  if (!value->is_object()) return fail(ErrorKind::kInvalid, "bad_request", "The body must be an object.", "body");
  json::object& object = value->as_object();
  auto query = text_param(object, "query");
  if (!query) return std::unexpected(query.error());
  if (query->empty()) return no_query();
  auto name = text_param(object, "operationName");
  if (!name) return std::unexpected(name.error());
  auto variables = map_param(object.if_contains("variables"), "variables");
  if (!variables) return std::unexpected(variables.error());
  auto extensions = map_param(object.if_contains("extensions"), "extensions");
  if (!extensions) return std::unexpected(extensions.error());
  return graphql::Request{std::move(*query), std::move(*name), std::move(*variables), std::move(*extensions)};
}

Result<graphql::Request> params_of_query(const net::Request& request) {
  graphql::Request params{request.query_param("query"), request.query_param("operationName")};
  if (params.query.empty()) return no_query();
  for (std::string_view name : {"variables", "extensions"}) {
    const std::string text = request.query_param(name);
    if (text.empty()) continue;
    auto value = parse(text, std::string(name));
    if (!value) return std::unexpected(value.error());
    auto map = map_param(&*value, name);
    if (!map) return std::unexpected(map.error());
    (name == "variables" ? params.variables : params.extensions) = std::move(*map);
  }
  return params;
}

std::string errors_body(const Error& told) {
  const Error error = without_internals(told);
  json::object extensions{{"code", error.code}};
  if (!error.field.empty()) extensions["field"] = error.field;
  if (!error.limit.empty()) extensions["limit"] = error.limit;
  json::object item{{"message", error.message}, {"extensions", std::move(extensions)}};
  return json::serialize(json::object{{"errors", json::array{std::move(item)}}});
}

}  // namespace gamekeeper::analytics
