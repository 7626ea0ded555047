#include "operate/admin_body.h"

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

}  // namespace gamekeeper::operate
