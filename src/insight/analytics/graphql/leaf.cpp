#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "insight/analytics/graphql/executor.h"
#include "insight/analytics/graphql/json_writer.h"

namespace gamekeeper::graphql {
namespace {

using BuiltIn = NamedType::BuiltIn;

std::string misfit(const NamedType& type, const Value& value) {
  std::string shown;
  append_json(shown, value);
  return fmt::format("{} cannot represent value: {}", type.name, shown.size() > 80 ? "(a long value)" : shown);
}

bool append_int(std::string& out, const Value& value) {
  const int64_t* integer = value.as_int();
  const double* real = value.as_double();
  if (!integer && !(real && std::trunc(*real) == *real)) return false;
  double size = integer ? static_cast<double>(*integer) : *real;
  if (size < INT32_MIN || size > INT32_MAX) return false;
  append_json_int(out, static_cast<int64_t>(size));
  return true;
}

bool append_float(std::string& out, const Value& value) {
  if (const int64_t* integer = value.as_int()) {
    append_json_int(out, *integer);
    return true;
  }
  const double* real = value.as_double();
  if (!real || !std::isfinite(*real)) return false;
  append_json_double(out, *real);
  return true;
}

bool append_text(std::string& out, const Value& value) {
  if (const std::string* text = value.as_string()) {
    append_json_string(out, *text);
    return true;
  }
  if (!value.as_int() && !value.as_bool() && !value.as_double()) return false;
  out += '"';
  append_json(out, value);
  out += '"';
  return true;
}

bool append_boolean(std::string& out, const Value& value) {
  if (!value.as_bool()) return false;
  append_json(out, value);
  return true;
}

bool append_enum(std::string& out, const NamedType& type, const Value& value) {
  const std::string* name = value.as_enum() ? value.as_enum() : value.as_string();
  if (!name || std::ranges::find(type.values, *name, &EnumValueDef::name) == type.values.end()) return false;
  append_json_string(out, *name);
  return true;
}

std::optional<std::string> append_custom(std::string& out, const NamedType& type, const Value& value) {
  if (!type.scalar.serialize) {
    append_json(out, value);
    return std::nullopt;
  }
  auto done = type.scalar.serialize(value, out);
  if (done) return std::nullopt;
  return done.error().message;
}

}  // namespace

std::optional<std::string> append_leaf(std::string& out, const NamedType& type, const Value& value) {
  bool ok = false;
  if (type.kind == TypeKind::kEnum) {
    ok = append_enum(out, type, value);
  } else {
    switch (type.built_in) {
      case BuiltIn::kInt:
        ok = append_int(out, value);
        break;
      case BuiltIn::kFloat:
        ok = append_float(out, value);
        break;
      case BuiltIn::kString:
        ok = append_text(out, value);
        break;
      case BuiltIn::kBoolean:
        ok = append_boolean(out, value);
        break;
      case BuiltIn::kId:
        ok = !value.as_bool() && !value.as_double() && append_text(out, value);
        break;
      case BuiltIn::kNo:
        return append_custom(out, type, value);
    }
  }
  if (ok) return std::nullopt;
  return misfit(type, value);
}

}  // namespace gamekeeper::graphql
