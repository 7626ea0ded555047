#include "gate/canonical_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/json.h"

namespace gamekeeper::gate {
namespace {

namespace dom = simdjson::dom;

constexpr double kExactMax = 9'007'199'254'740'992.0;  // 2^53: up to here a double counts every whole number
constexpr size_t kDepthMax = 32;

void write(std::string& out, const dom::element& value);

void write(std::string& out, const dom::object& object) {
  std::vector<dom::key_value_pair> members;
  for (const auto& member : object) members.push_back(member);
  std::ranges::stable_sort(members, {}, &dom::key_value_pair::key);
  out += '{';
  for (const auto& member : members) {
    if (out.back() != '{') out += ',';
    append_json_string(out, member.key);
    out += ':';
    write(out, member.value);
  }
  out += '}';
}

void write(std::string& out, const dom::array& array) {
  out += '[';
  for (const dom::element& value : array) {
    if (out.back() != '[') out += ',';
    write(out, value);
  }
  out += ']';
}

void write(std::string& out, double number) {
  const bool whole = std::abs(number) <= kExactMax && number == std::trunc(number);
  out += whole ? std::to_string(static_cast<int64_t>(number)) : fmt::format("{}", number);
}

void write(std::string& out, const dom::element& value) {
  switch (value.type()) {
    case dom::element_type::OBJECT:
      return write(out, dom::object(value));
    case dom::element_type::ARRAY:
      return write(out, dom::array(value));
    case dom::element_type::STRING:
      return append_json_string(out, std::string_view(value));
    case dom::element_type::INT64:
      out += std::to_string(int64_t(value));
      return;
    case dom::element_type::UINT64:
      out += std::to_string(uint64_t(value));
      return;
    case dom::element_type::DOUBLE:
      return write(out, double(value));
    case dom::element_type::BOOL:
      out += bool(value) ? "true" : "false";
      return;
    case dom::element_type::NULL_VALUE:
      out += "null";
      return;
  }
}

}  // namespace

std::optional<std::string> canonical_json(std::string_view text) {
  if (text.empty()) return std::nullopt;  // it may point nowhere, and the parser copies from there
  dom::parser parser;
  if (parser.allocate(std::max<size_t>(text.size(), 64), kDepthMax) != simdjson::SUCCESS) return std::nullopt;
  dom::element value;
  if (parser.parse(text.data(), text.size()).get(value) != simdjson::SUCCESS) return std::nullopt;
  std::string out;
  write(out, value);
  return out;
}

}  // namespace gamekeeper::gate
