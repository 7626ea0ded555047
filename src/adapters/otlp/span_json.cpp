#include "adapters/otlp/span_json.h"

#include <boost/json.hpp>

namespace gamekeeper::adapters {
namespace {

namespace json = boost::json;

constexpr int kStatusError = 2;

json::object attribute(std::string_view name, json::object value) {
  return {{"key", name}, {"value", std::move(value)}};
}

json::object value_of(const std::string& text) { return {{"stringValue", text}}; }
json::object value_of(int64_t number) { return {{"intValue", std::to_string(number)}}; }
json::object value_of(double number) { return {{"doubleValue", number}}; }
json::object value_of(bool truth) { return {{"boolValue", truth}}; }

json::object encode(const Span& span) {
  json::object out{{"traceId", span.context.trace_id()},
                   {"spanId", span.context.span_id()},
                   {"name", span.name},
                   {"kind", static_cast<int>(span.kind)},
                   {"startTimeUnixNano", std::to_string(span.start_ns)},
                   {"endTimeUnixNano", std::to_string(span.end_ns)}};
  if (!span.parent.empty()) out["parentSpanId"] = span.parent;
  json::array attributes, links;
  for (const SpanAttribute& a : span.attributes) {
    attributes.push_back(std::visit([&](const auto& value) { return attribute(a.name, value_of(value)); }, a.value));
  }
  for (const TraceContext& link : span.links)
    links.push_back(json::object{{"traceId", link.trace_id()}, {"spanId", link.span_id()}});
  if (!attributes.empty()) out["attributes"] = std::move(attributes);
  if (!links.empty()) out["links"] = std::move(links);
  if (!span.error.empty()) out["status"] = json::object{{"code", kStatusError}, {"message", span.error}};
  return out;
}

}  // namespace

std::string encode_spans(std::span<const Span> spans, const SpanOrigin& origin) {
  json::array list;
  for (const Span& span : spans) list.push_back(encode(span));
  json::array resource{attribute("service.name", value_of(origin.service)),
                       attribute("service.version", value_of(origin.version)),
                       attribute("service.instance.id", value_of(origin.instance))};
  json::object scope{{"scope", {{"name", "gamekeeper"}, {"version", origin.version}}}, {"spans", std::move(list)}};
  json::object process{{"resource", {{"attributes", std::move(resource)}}},
                       {"scopeSpans", json::array{std::move(scope)}}};
  return json::serialize(json::object{{"resourceSpans", json::array{std::move(process)}}});
}

}  // namespace gamekeeper::adapters
