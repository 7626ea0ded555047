#include "insight/analytics/graphql/coerce.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>

#include "insight/analytics/graphql/json_writer.h"
#include "insight/analytics/graphql/parser.h"

namespace gamekeeper::graphql {
namespace {

using BuiltIn = NamedType::BuiltIn;
using Kind = ValueNode::Kind;

constexpr int kJsonNestingMax = 64;

std::unexpected<Problem> problem(std::string message, uint32_t offset = 0, std::string path = {}) {
  return std::unexpected(Problem{std::move(message), offset, std::move(path)});
}

/// A number's literal: an integer where it fits 64 bits, else a double.
Value number(std::string_view text) {
  int64_t integer = 0;
  auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (wrong == std::errc() && end == text.data() + text.size()) return integer;
  double real = 0;
  auto parsed = std::from_chars(text.data(), text.data() + text.size(), real);
  if (parsed.ec == std::errc::result_out_of_range) return HUGE_VAL;
  return real;
}

Value plain(const ValueNode& node, const Variables* variables) {
  switch (node.kind) {
    case Kind::kVariable: {
      const Value* value = variables ? variables->find(node.text) : nullptr;
      return value ? *value : Value();
    }
    case Kind::kInt:
    case Kind::kFloat:
      return number(node.text);
    case Kind::kString:
      return node.string;
    case Kind::kBoolean:
      return node.text == "true";
    case Kind::kNull:
      return {};
    case Kind::kEnum:
      return Value::enum_name(std::string(node.text));
    case Kind::kList: {
      List items;
      for (const ValueNode& item : node.items) items.push_back(plain(item, variables));
      return Value::list(std::move(items));
    }
    case Kind::kObject: {
      Object members;
      for (const ObjectFieldNode& field : node.fields)
        members.push_back({std::string(field.name), plain(field.value, variables)});
      return Value::object(std::move(members));
    }
  }
  return {};
}

Value plain(const boost::json::value& json, int depth) {
  switch (json.kind()) {
    case boost::json::kind::bool_:
      return json.get_bool();
    case boost::json::kind::int64:
      return json.get_int64();
    case boost::json::kind::uint64:
      return json.get_uint64() <= INT64_MAX ? Value(json.get_uint64()) : Value(static_cast<double>(json.get_uint64()));
    case boost::json::kind::double_:
      return json.get_double();
    case boost::json::kind::string:
      return std::string_view(json.get_string());
    case boost::json::kind::array: {
      List items;
      if (depth < kJsonNestingMax)
        for (const auto& item : json.get_array()) items.push_back(plain(item, depth + 1));
      return Value::list(std::move(items));
    }
    case boost::json::kind::object: {
      Object members;
      if (depth < kJsonNestingMax)
        for (const auto& member : json.get_object())
          members.push_back({std::string(member.key()), plain(member.value(), depth + 1)});
      return Value::object(std::move(members));
    }
    default:
      return {};
  }
}

std::string shown(const Value& value) {
  constexpr size_t kShownMax = 80;
  if (value.as_enum()) return *value.as_enum();
  std::string text;
  append_json(text, value);
  if (text.size() <= kShownMax) return text;
  size_t end = kShownMax;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::expected<Value, std::string> parse_custom(const NamedType& type, Value value) {
  if (!type.scalar.parse) return value;
  auto parsed = type.scalar.parse(value);
  if (parsed) return std::move(*parsed);
  return std::unexpected(
      fmt::format("Expected value of type \"{}\", found {}; {}", type.name, shown(value), parsed.error().message));
}

std::expected<Value, std::string> parse_int(const Value& value) {
  const int64_t* integer = value.as_int();
  const double* real = value.as_double();
  if (!integer && !(real && std::trunc(*real) == *real))
    return std::unexpected(fmt::format("Int cannot represent non-integer value: {}", shown(value)));
  double size = integer ? static_cast<double>(*integer) : *real;
  if (size < INT32_MIN || size > INT32_MAX)
    return std::unexpected(fmt::format("Int cannot represent non 32-bit signed integer value: {}", shown(value)));
  return Value(static_cast<int64_t>(size));
}

/// `value` came from JSON or from a literal whose syntax already fits the type.
std::expected<Value, std::string> parse_leaf(const NamedType& type, Value value) {
  auto wrong = [&](std::string_view what) {
    return std::unexpected(fmt::format("{} cannot represent a {} value: {}", type.name, what, shown(value)));
  };
  if (type.kind == TypeKind::kEnum) {
    const std::string* name = value.as_enum() ? value.as_enum() : value.as_string();
    if (!name)
      return std::unexpected(
          fmt::format("Enum \"{}\" cannot represent non-string value: {}.", type.name, shown(value)));
    if (std::ranges::find(type.values, *name, &EnumValueDef::name) == type.values.end())
      return std::unexpected(fmt::format("Value \"{}\" does not exist in \"{}\" enum.", *name, type.name));
    return Value::enum_name(*name);
  }
  switch (type.built_in) {
    case BuiltIn::kNo:
      return parse_custom(type, std::move(value));
    case BuiltIn::kInt:
      return parse_int(value);
    case BuiltIn::kFloat:
      if (value.as_int()) return Value(static_cast<double>(*value.as_int()));
      if (!value.as_double() || !std::isfinite(*value.as_double())) return wrong("non numeric");
      return value;
    case BuiltIn::kString:
      if (!value.as_string()) return wrong("non string");
      return value;
    case BuiltIn::kBoolean:
      if (!value.as_bool()) return wrong("non boolean");
      return value;
    case BuiltIn::kId:
      if (value.as_int()) return Value(std::to_string(*value.as_int()));
      if (!value.as_string()) return wrong("non-string and non-integer");
      return value;
  }
  return value;
}

bool literal_fits(const ValueNode& node, const NamedType& type) {
  if (type.kind == TypeKind::kEnum) return node.kind == Kind::kEnum;
  switch (type.built_in) {
    case BuiltIn::kNo:
      return true;
    case BuiltIn::kInt:
      return node.kind == Kind::kInt;
    case BuiltIn::kFloat:
      return node.kind == Kind::kInt || node.kind == Kind::kFloat;
    case BuiltIn::kString:
      return node.kind == Kind::kString;
    case BuiltIn::kBoolean:
      return node.kind == Kind::kBoolean;
    case BuiltIn::kId:
      return node.kind == Kind::kString || node.kind == Kind::kInt;
  }
  return false;
}

std::string misfit(const ValueNode& node, const NamedType& type) {
  std::string text = print(node);
  if (type.kind == TypeKind::kEnum)
    return fmt::format("Enum \"{}\" cannot represent non-enum value: {}.", type.name, text);
  std::string_view what = type.built_in == BuiltIn::kInt       ? "non-integer"
                          : type.built_in == BuiltIn::kFloat   ? "non numeric"
                          : type.built_in == BuiltIn::kBoolean ? "a non boolean"
                          : type.built_in == BuiltIn::kString  ? "a non string"
                                                               : "a non-string and non-integer";
  return fmt::format("{} cannot represent {} value: {}", type.name, what, text);
}

Coerced from_variable(const ValueNode& node, const Type& type, const Variables* variables) {
  const Value* value = variables ? variables->find(node.text) : nullptr;
  if (value && !(value->is_null() && type.non_null())) return *value;
  if (!type.non_null()) return Value();
  return problem(fmt::format("Expected value of non-null type \"{}\", but the variable \"${}\" gave none.",
                             to_string(type), node.text),
                 node.offset);
}

Coerced object_literal(const ValueNode& node, const NamedType& type, const Variables* variables) {
  if (node.kind != Kind::kObject)
    return problem(fmt::format("Expected value of type \"{}\", found {}.", type.name, print(node)), node.offset);
  for (const ObjectFieldNode& field : node.fields)
    if (!type.input_field(field.name))
      return problem(fmt::format("Field \"{}\" is not defined by type \"{}\".", field.name, type.name), field.offset);
  Object members;
  for (const InputDef& definition : type.inputs) {
    auto given = std::ranges::find(node.fields, definition.name, &ObjectFieldNode::name);
    bool absent = given == node.fields.end() ||
                  (given->value.kind == Kind::kVariable && !(variables && variables->find(given->value.text)));
    if (absent && definition.default_value) {
      members.push_back({definition.name, *definition.default_value});
    } else if (absent && definition.required()) {
      return problem(fmt::format("Field \"{}.{}\" of required type \"{}\" was not provided.", type.name,
                                 definition.name, to_string(*definition.type)),
                     node.offset);
    } else if (!absent) {
      auto value = coerce_literal(given->value, *definition.type, variables);
      if (!value) return value;
      members.push_back({definition.name, std::move(*value)});
    }
  }
  return Value::object(std::move(members));
}

std::string place(const std::string& path) { return path.empty() ? "" : fmt::format(" at \"{}\"", path); }

Coerced object_json(const boost::json::value& json, const NamedType& type, const std::string& path) {
  const auto* object = json.if_object();
  if (!object) return problem(fmt::format("Expected type \"{}\" to be an object.", type.name), 0, path);
  for (const auto& member : *object)
    if (!type.input_field(member.key()))
      return problem(
          fmt::format("Field \"{}\" is not defined by type \"{}\".", std::string_view(member.key()), type.name), 0,
          path);
  Object members;
  for (const InputDef& definition : type.inputs) {
    const auto* given = object->if_contains(definition.name);
    if (given) {
      auto value = coerce_json(*given, *definition.type, path + "." + definition.name);
      if (!value) return value;
      members.push_back({definition.name, std::move(*value)});
    } else if (definition.default_value) {
      members.push_back({definition.name, *definition.default_value});
    } else if (definition.required()) {
      return problem(fmt::format("Field \"{}\" of required type \"{}\" was not provided.", definition.name,
                                 to_string(*definition.type)),
                     0, path);
    }
  }
  return Value::object(std::move(members));
}

Coerced list_json(const boost::json::value& json, const Type& type, const std::string& path) {
  List items;
  if (const auto* array = json.if_array()) {
    for (size_t i = 0; i < array->size(); ++i) {
      auto item = coerce_json((*array)[i], *type.of, fmt::format("{}[{}]", path, i));
      if (!item) return item;
      items.push_back(std::move(*item));
    }
  } else {
    auto item = coerce_json(json, *type.of, path);
    if (!item) return item;
    items.push_back(std::move(*item));
  }
  return Value::list(std::move(items));
}

}  // namespace

const Value* Variables::find(std::string_view name) const {
  for (const Entry& entry : entries)
    if (entry.name == name) return &entry.value;
  return nullptr;
}

Coerced coerce_leaf(const ValueNode& node, const NamedType& type, const Variables* variables) {
  if (!literal_fits(node, type)) return problem(misfit(node, type), node.offset);
  Value value = type.built_in == BuiltIn::kId && node.kind == Kind::kInt ? Value(node.text) : plain(node, variables);
  auto parsed = parse_leaf(type, std::move(value));
  if (!parsed) return problem(std::move(parsed.error()), node.offset);
  return std::move(*parsed);
}

Coerced coerce_literal(const ValueNode& node, const Type& type, const Variables* variables) {
  if (node.kind == Kind::kVariable) return from_variable(node, type, variables);
  if (type.non_null()) {
    if (node.kind == Kind::kNull)
      return problem(fmt::format("Expected value of type \"{}\", found null.", to_string(type)), node.offset);
    return coerce_literal(node, *type.of, variables);
  }
  if (node.kind == Kind::kNull) return Value();
  if (type.kind == Type::Kind::kList) {
    List items;
    auto add = [&](const ValueNode& item) -> std::expected<void, Problem> {
      auto value = coerce_literal(item, *type.of, variables);
      if (!value) return std::unexpected(value.error());
      items.push_back(std::move(*value));
      return {};
    };
    if (node.kind != Kind::kList) {
      if (auto added = add(node); !added) return std::unexpected(added.error());
    }
    for (const ValueNode& item : node.items)
      if (auto added = add(item); !added) return std::unexpected(added.error());
    return Value::list(std::move(items));
  }
  if (type.named->kind == TypeKind::kInputObject) return object_literal(node, *type.named, variables);
  return coerce_leaf(node, *type.named, variables);
}

Coerced coerce_json(const boost::json::value& json, const Type& type, std::string path) {
  if (type.non_null()) {
    if (json.is_null())
      return problem(fmt::format("Expected non-nullable type \"{}\" not to be null.", to_string(type)), 0,
                     std::move(path));
    return coerce_json(json, *type.of, std::move(path));
  }
  if (json.is_null()) return Value();
  if (type.kind == Type::Kind::kList) return list_json(json, type, path);
  if (type.named->kind == TypeKind::kInputObject) return object_json(json, *type.named, path);
  auto parsed = parse_leaf(*type.named, plain(json, 0));
  if (!parsed) return problem(std::move(parsed.error()), 0, std::move(path));
  return std::move(*parsed);
}

std::expected<Variables, GraphErrors> coerce_variables(const OperationNode& operation, std::string_view source,
                                                       const boost::json::object& json) {
  Variables out;
  GraphErrors errors;
  auto report = [&](const VariableNode& variable, std::string message) {
    errors.push_back({std::string(kBadVariables), std::move(message), {locate(source, variable.offset)}});
    errors.back().field = std::string(variable.name);
  };
  for (const VariableNode& variable : operation.variables) {
    const auto* given = json.if_contains(variable.name);
    const Type& type = *variable.resolved;
    Coerced value;
    if (given)
      value = coerce_json(*given, type, std::string(variable.name));
    else if (variable.default_value)
      value = coerce_literal(*variable.default_value, type, nullptr);
    if (!given && !variable.default_value) {
      if (type.non_null())
        report(variable, fmt::format("Variable \"${}\" of required type \"{}\" was not provided.", variable.name,
                                     to_string(type)));
    } else if (value) {
      out.entries.push_back({variable.name, std::move(*value)});
    } else {
      const Problem& why = value.error();
      report(variable,
             fmt::format("Variable \"${}\" got invalid value{}; {}", variable.name, place(why.path), why.message));
    }
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return out;
}

Coerced coerce_arguments(std::span<const InputDef> definitions, const std::vector<ArgumentNode>& nodes, uint32_t offset,
                         const Variables& variables) {
  Object members;
  members.reserve(definitions.size());
  for (const InputDef& definition : definitions) {
    auto given = std::ranges::find(nodes, definition.name, &ArgumentNode::name);
    bool absent = given == nodes.end() || (given->value.kind == Kind::kVariable && !variables.find(given->value.text));
    if (absent && definition.default_value) {
      members.push_back({definition.name, *definition.default_value});
    } else if (absent && definition.required()) {
      return problem(fmt::format("Argument \"{}\" of required type \"{}\" was not provided.", definition.name,
                                 to_string(*definition.type)),
                     given == nodes.end() ? offset : given->offset);
    } else if (!absent) {
      auto value = coerce_literal(given->value, *definition.type, &variables);
      if (!value)
        return problem(fmt::format("Argument \"{}\" has invalid value: {}", definition.name, value.error().message),
                       given->value.offset);
      members.push_back({definition.name, std::move(*value)});
    }
  }
  return members.empty() ? Value() : Value::object(std::move(members));
}

}  // namespace gamekeeper::graphql
