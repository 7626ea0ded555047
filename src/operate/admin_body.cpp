#include "operate/admin_body.h"

#include <algorithm>

#include "base/base64.h"
#include "gate/secrets.h"

namespace gamekeeper::operate {

namespace json = boost::json;

Result<std::string> text_of(const json::object& body, std::string_view name, bool required) {
  if (required) return net::text_field(body, name);
  auto text = net::optional_text_field(body, name);
  if (!text) return std::unexpected(text.error());
  return std::move(*text).value_or("");
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

Result<net::Response> list_of(json::array items, std::string_view id, const net::Request& request) {
  auto limit = net::page_limit(request);
  if (!limit) return std::unexpected(limit.error());
  auto first = items.begin();
  if (const std::string cursor = request.query_param("cursor"); !cursor.empty()) {
    const auto shown = from_base64url(cursor);
    first = std::find_if(items.begin(), items.end(), [&](const json::value& item) {
      return shown && std::string_view(item.at(id).as_string()) == *shown;
    });
    if (first == items.end()) return invalid("bad_cursor", "The cursor is none of this list.", "cursor");
    ++first;
  }
  const auto last = first + std::min<std::ptrdiff_t>(*limit, items.end() - first);
  json::object out{{"items", json::array(first, last)}, {"next_cursor", nullptr}};
  if (last != items.end()) out["next_cursor"] = to_base64url(std::string_view((last - 1)->at(id).as_string()));
  return net::json(json::serialize(out));
}

}  // namespace gamekeeper::operate
