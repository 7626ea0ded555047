#include "net/json_body.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "base/base64.h"
#include "base/json.h"

namespace gamekeeper::net {

namespace bj = boost::json;

std::unexpected<Error> invalid(std::string code, std::string message, std::string field, std::string limit) {
  return fail(ErrorKind::kInvalid, std::move(code), std::move(message), std::move(field), std::move(limit));
}

namespace {

/// What a value holds, all depths together.
struct Contents {
  size_t keys = 0;
  bool has_infinity = false;
};

void count_contents(const bj::value& value, Contents& to) {
  if (const double* number = value.if_double()) to.has_infinity |= !std::isfinite(*number);
  if (const bj::array* array = value.if_array()) {
    for (const bj::value& item : *array) count_contents(item, to);
  }
  if (const bj::object* object = value.if_object()) {
    to.keys += object->size();
    for (const auto& field : *object) count_contents(field.value(), to);
  }
}

/// The end of the string that begins at `from` of a JSON text, behind its quote.
size_t end_of_string(std::string_view text, size_t from) {
  for (size_t i = from + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return text.size();
}

/// How many keys stand in a JSON text: as many as there are colons outside of its strings.
size_t keys_written(std::string_view text) {
  size_t keys = 0;
  for (size_t i = 0; i < text.size();) {
    keys += text[i] == ':';
    i = text[i] == '"' ? end_of_string(text, i) : i + 1;
  }
  return keys;
}

/// Where the first key stands that its object has had already: "attributes.speed", "list[3].x". Empty: nowhere.
std::string place_of_repeat(std::string_view text) {
  struct Level {
    bool is_object = false;
    std::unordered_set<std::string> keys;
    std::string key;
    size_t index = 0;
  };
  std::vector<Level> levels;
  const auto place = [&levels] {
    std::string out;
    for (const Level& level : levels) {
      if (level.is_object)
        out.append(out.empty() ? "" : ".").append(level.key);
      else
        out.append("[").append(std::to_string(level.index)).append("]");
    }
    return out;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{' || c == '[') {
      levels.push_back({.is_object = c == '{', .keys = {}, .key = {}});
    } else if (c == '}' || c == ']') {
      levels.pop_back();
    } else if (c == ',') {
      ++levels.back().index;
    } else if (c == '"') {
      const size_t end = end_of_string(text, i), next = text.find_first_not_of(" \t\r\n", end);
      if (next != text.npos && text[next] == ':') {
        levels.back().key = bj::parse(text.substr(i, end - i)).as_string();
        if (!levels.back().keys.insert(levels.back().key).second) return place();
      }
      i = end - 1;
    }
  }
  return {};
}

/// Where the first number stands that is none: "attributes.speed", "list[3]".
std::optional<std::string> place_of_infinity(const bj::value& value, const std::string& here) {
  if (const double* number = value.if_double()) return std::isfinite(*number) ? std::nullopt : std::optional(here);
  if (const bj::object* object = value.if_object()) {
    for (const auto& field : *object) {
      std::string place = here;
      if (!place.empty()) place += '.';
      if (auto found = place_of_infinity(field.value(), place.append(field.key()))) return found;
    }
  }
  if (const bj::array* array = value.if_array()) {
    for (size_t i = 0; i < array->size(); ++i) {
      if (auto found = place_of_infinity((*array)[i], here + "[" + std::to_string(i) + "]")) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<bj::object> read_object(std::string_view text, size_t depth_max) {
  boost::system::error_code error;
  bj::parse_options options;
  options.max_depth = depth_max;
  bj::value value = bj::parse(text, error, {}, options);
  if (error || !value.is_object()) return invalid("bad_json", "The body must be a JSON object.", "body");
  Contents contents;
  count_contents(value, contents);
  if (contents.has_infinity)
    return invalid("number_out_of_range", "The number is too large.", *place_of_infinity(value, {}),
                   "1.8e308 either way");
  if (contents.keys != keys_written(text))  // an object keeps one of a key
    return invalid("duplicate_field", "The same key stands twice in one object.", place_of_repeat(text));
  return std::move(value.as_object());
}

Result<bj::object> object_body(const Request& request, std::initializer_list<std::string_view> known) {
  if (request.body.empty()) return bj::object();
  auto body = read_object(request.body);
  if (!body) return body;
  for (const auto& field : *body) {
    if (std::ranges::find(known, std::string_view(field.key())) == known.end())
      return invalid("unknown_field", "The body has a field that is not known here.", std::string(field.key()));
  }
  return body;
}

Result<std::optional<std::string>> optional_text_field(const bj::object& body, std::string_view name) {
  const bj::value* value = body.if_contains(name);
  if (!value || value->is_null()) return std::optional<std::string>();
  if (!value->is_string()) return invalid("bad_type", "The field must be a string.", std::string(name), "string");
  return std::optional<std::string>(value->as_string());
}

Result<std::string> text_field(const bj::object& body, std::string_view name) {
  auto text = optional_text_field(body, name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return invalid("required", "The field is required.", std::string(name));
  return std::move(**text);
}

Result<std::optional<bj::object>> optional_object_field(const bj::object& body, std::string_view name) {
  const bj::value* value = body.if_contains(name);
  if (!value || value->is_null()) return std::optional<bj::object>();
  if (!value->is_object()) return invalid("bad_type", "The field must be an object.", std::string(name), "object");
  return std::optional(value->as_object());
}

template <class Number>
Result<void> take_number(const bj::object& body, std::string_view name, double least, double most, Number& to) {
  const bj::value* value = body.if_contains(name);
  if (!value) return {};
  const std::string limit = std::to_string(std::llround(least)) + " to " + std::to_string(std::llround(most));
  if (!value->is_number() || (std::is_integral_v<Number> && value->is_double()))
    return invalid("bad_type",
                   std::is_integral_v<Number> ? "The field must be a whole number." : "The field must be a number.",
                   std::string(name), limit);
  const double number = value->to_number<double>();
  if (!(number >= least && number <= most))
    return invalid("bad_value", "The number is out of its range.", std::string(name), limit);
  to = static_cast<Number>(number);
  return {};
}
template Result<void> take_number(const bj::object&, std::string_view, double, double, int&);
template Result<void> take_number(const bj::object&, std::string_view, double, double, int64_t&);
template Result<void> take_number(const bj::object&, std::string_view, double, double, double&);

Result<uint32_t> page_limit(const Request& request) {
  uint32_t limit = 50;
  const std::string text = request.query_param("limit");
  if (text.empty()) return limit;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > 1000)
    return invalid("bad_limit", "The limit must be a number from 1 to 1000.", "limit", "1 to 1000");
  return limit;
}

std::string json_text(const bj::object& object) { return bj::serialize(object); }

Response page_of(const std::vector<std::string>& items, std::string_view next_cursor) {
  std::string body = "{\"items\":[";
  for (const std::string& item : items) {
    if (body.back() != '[') body += ',';
    body += item;
  }
  body += "],\"next_cursor\":";
  body += next_cursor.empty() ? "null" : json_string(next_cursor);
  body += '}';
  return json(std::move(body));
}

Result<Response> page_of_whole(bj::array items, std::string_view id, const Request& request) {
  auto limit = page_limit(request);
  if (!limit) return std::unexpected(limit.error());
  auto first = items.begin();
  if (const std::string cursor = request.query_param("cursor"); !cursor.empty()) {
    const auto shown = from_base64url(cursor);
    first = std::find_if(items.begin(), items.end(), [&](const bj::value& item) {
      return shown && std::string_view(item.at(id).as_string()) == *shown;
    });
    if (first == items.end()) return invalid("bad_cursor", "The cursor is none of this list.", "cursor");
    ++first;
  }
  const auto last = first + std::min<std::ptrdiff_t>(*limit, items.end() - first);
  bj::object out{{"items", bj::array(first, last)}, {"next_cursor", nullptr}};
  if (last != items.end()) out["next_cursor"] = to_base64url(std::string_view((last - 1)->at(id).as_string()));
  return json(bj::serialize(out));
}

size_t code_points(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace gamekeeper::net
