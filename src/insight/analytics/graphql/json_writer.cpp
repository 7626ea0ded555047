#include "insight/analytics/graphql/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace gamekeeper::graphql {
namespace {

bool plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

void append_escaped(std::string& out, char c) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

void append_path(std::string& out, const std::vector<PathSegment>& path) {
  char separator = '[';
  for (const PathSegment& segment : path) {
    out += separator;
    separator = ',';
    if (const auto* name = std::get_if<std::string>(&segment))
      append_json_string(out, *name);
    else
      append_json_int(out, std::get<int64_t>(segment));
  }
  out += ']';
}

void append_extension(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, value);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (plain(text[i])) continue;
    out.append(text, begin, i - begin);
    append_escaped(out, text[i]);
    begin = i + 1;
  }
  out.append(text, begin);
  out += '"';
}

void append_json_int(std::string& out, int64_t value) {
  std::array<char, 24> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void append_json_double(std::string& out, double value) {
  std::array<char, 32> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void append_json(std::string& out, const Value& value) {
  if (const bool* flag = value.as_bool()) {
    out += *flag ? "true" : "false";
  } else if (const int64_t* number = value.as_int()) {
    append_json_int(out, *number);
  } else if (const double* real = value.as_double(); real && std::isfinite(*real)) {
    append_json_double(out, *real);
  } else if (const std::string* text = value.as_string() ? value.as_string() : value.as_enum()) {
    append_json_string(out, *text);
  } else if (const List* items = value.as_list()) {
    out += '[';
    for (size_t i = 0; i < items->size(); ++i) {
      if (i) out += ',';
      append_json(out, (*items)[i]);
    }
    out += ']';
  } else if (const Object* members = value.as_object()) {
    out += '{';
    for (size_t i = 0; i < members->size(); ++i) {
      if (i) out += ',';
      append_json_string(out, (*members)[i].name);
      out += ':';
      append_json(out, (*members)[i].value);
    }
    out += '}';
  } else if (const Table* table = value.as_table()) {
    out += '[';
    for (size_t row = 0; row < table->rows(); ++row) {
      if (row) out += ',';
      append_json(out, row_object(*table, row));
    }
    out += ']';
  } else {
    out += "null";
  }
}

void append_json_error(std::string& out, const GraphError& error) {
  out += "{\"message\":";
  append_json_string(out, error.message);
  for (size_t i = 0; i < error.locations.size(); ++i) {
    out += i ? ",{\"line\":" : ",\"locations\":[{\"line\":";
    append_json_int(out, error.locations[i].line);
    out += ",\"column\":";
    append_json_int(out, error.locations[i].column);
    out += '}';
  }
  if (!error.locations.empty()) out += ']';
  if (!error.path.empty()) {
    out += ",\"path\":";
    append_path(out, error.path);
  }
  out += ",\"extensions\":{\"code\":";
  append_json_string(out, error.code);
  append_extension(out, "field", error.field);
  append_extension(out, "limit", error.limit);
  if (error.retry_after.count() > 0) {
    out += ",\"retry_after_ms\":";
    append_json_int(out, error.retry_after.count());
  }
  out += "}}";
}

void append_json_errors(std::string& out, const GraphErrors& errors) {
  out += '[';
  for (size_t i = 0; i < errors.size(); ++i) {
    if (i) out += ',';
    append_json_error(out, errors[i]);
  }
  out += ']';
}

}  // namespace gamekeeper::graphql
