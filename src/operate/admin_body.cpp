#include "operate/admin_body.h"

#include <algorithm>
#include <charconv>

#include "gate/secrets.h"

namespace gamekeeper::operate {

namespace json = boost::json;

std::unexpected<Error> invalid(std::string code, std::string message, std::string field, std::string limit) {
  return fail(ErrorKind::kInvalid, std::move(code), std::move(message), std::move(field), std::move(limit));
}

Result<json::object> body_of(const net::Request& request, std::initializer_list<std::string_view> known) {
  if (request.body.empty()) return json::object();
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(request.body.data(), request.body.size()), error);
  if (error || !value.is_object()) return invalid("bad_json", "The body must be a JSON object.", "body");
  for (const auto& field : value.as_object()) {
    if (std::find(known.begin(), known.end(), std::string_view(field.key())) == known.end()) {
      return invalid("unknown_field", "The body has a field that is not known here.", std::string(field.key()));
    }
  }
  return std::move(value.as_object());
}

Result<std::string> text_of(const json::object& body, std::string_view name, bool required) {
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) {
    if (!required) return std::string();
    return invalid("required", "The field is required.", std::string(name));
  }
  if (!value->is_string()) return invalid("bad_type", "The field must be a string.", std::string(name), "string");
  return std::string(value->as_string());
}

Result<int64_t> seconds_of(const json::object& body, std::string_view name, int64_t max, int64_t otherwise) {
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) return otherwise * 1000;
  if (!value->is_int64() || value->as_int64() < 0 || value->as_int64() > max) {
    return invalid("bad_value", "The field must be a whole number of seconds.", std::string(name),
                   "0 to " + std::to_string(max));
  }
  return value->as_int64() * 1000;
}

json::value time_or_null(UnixMillis at) { return at == 0 ? json::value(nullptr) : json::value(format_time(at)); }

Result<uint32_t> limit_of(const net::Request& request) {
  uint32_t limit = 50;
  const std::string text = request.query_param("limit");
  if (text.empty()) return limit;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > 1000)
    return invalid("bad_limit", "The limit must be a number from 1 to 1000.", "limit", "1 to 1000");
  return limit;
}

Result<net::Response> list_of(json::array items, std::string_view id, const net::Request& request) {
  auto limit = limit_of(request);
  if (!limit) return std::unexpected(limit.error());
  auto first = items.begin();
  if (const std::string cursor = request.query_param("cursor"); !cursor.empty()) {
    const auto shown = gate::from_base64url(cursor);
    first = std::find_if(items.begin(), items.end(), [&](const json::value& item) {
      return shown && std::string_view(item.at(id).as_string()) == *shown;
    });
    if (first == items.end()) return invalid("bad_cursor", "The cursor is none of this list.", "cursor");
    ++first;
  }
  const auto last = first + std::min<std::ptrdiff_t>(*limit, items.end() - first);
  json::object out{{"items", json::array(first, last)}, {"next_cursor", nullptr}};
  if (last != items.end()) out["next_cursor"] = gate::to_base64url(std::string_view((last - 1)->at(id).as_string()));
  return net::json(json::serialize(out));
}

}  // namespace gamekeeper::operate
