#include <algorithm>

#include "insight/analytics/graphql/coerce.h"
#include "insight/analytics/graphql/parser.h"
#include "insight/analytics/graphql/validator.h"

namespace gamekeeper::graphql {
namespace {

using Kind = ValueNode::Kind;

}  // namespace

void Validator::check_directives(const std::vector<DirectiveNode>& directives, std::string_view location) {
  std::unordered_set<std::string_view> names;
  for (const DirectiveNode& node : directives) {
    const DirectiveDef* definition = schema_.directive(node.name);
    if (!definition) {
      report(node.offset, "Unknown directive \"@{}\".", node.name);
      continue;
    }
    if (std::ranges::find(definition->locations, location) == definition->locations.end())
      report(node.offset, "Directive \"@{}\" may not be used on {}.", node.name, location);
    if (!names.insert(node.name).second && !definition->repeatable)
      report(node.offset, "The directive \"@{}\" can only be used once at this location.", node.name);
    check_arguments(node.arguments, definition->arguments, node.offset, fmt::format("Directive \"@{}\"", node.name));
  }
}

void Validator::check_arguments(const std::vector<ArgumentNode>& nodes, std::span<const InputDef> definitions,
                                uint32_t offset, const std::string& owner) {
  std::unordered_set<std::string_view> names;
  for (const ArgumentNode& node : nodes) {
    if (!names.insert(node.name).second) report(node.offset, "There can be only one argument named \"{}\".", node.name);
    auto definition = std::ranges::find(definitions, node.name, &InputDef::name);
    if (definition == definitions.end()) {
      report(node.offset, "Unknown argument \"{}\" on {}.", node.name, owner);
      use_variables_of(node.value);
    } else {
      check_value(node.value, *definition->type, definition->default_value.has_value());
    }
  }
  for (const InputDef& definition : definitions)
    if (definition.required() && !names.contains(definition.name))
      report(offset, "{} argument \"{}\" of type \"{}\" is required, but it was not provided.", owner, definition.name,
             to_string(*definition.type));
}

void Validator::check_value(const ValueNode& node, const Type& type, bool location_default) {
  if (node.kind == Kind::kVariable) {
    if (current_) current_->variables.push_back({node.text, node.offset, &type, location_default});
    return;
  }
  if (type.non_null()) {
    if (node.kind == Kind::kNull)
      report(node.offset, "Expected value of type \"{}\", found null.", to_string(type));
    else
      check_value(node, *type.of, location_default);
    return;
  }
  if (node.kind == Kind::kNull) return;
  if (type.kind == Type::Kind::kList) {
    if (node.kind != Kind::kList) return check_value(node, *type.of, false);
    for (const ValueNode& item : node.items) check_value(item, *type.of, false);
    return;
  }
  if (type.named->kind == TypeKind::kInputObject) return check_object(node, *type.named);
  use_variables_of(node);
  bool custom = type.named->kind == TypeKind::kScalar && type.named->built_in == NamedType::BuiltIn::kNo;
  bool open = custom && (node.kind == Kind::kList || node.kind == Kind::kObject);  // may hold variables: known later
  if (open) return;
  if (auto value = coerce_leaf(node, *type.named, nullptr); !value) report(node.offset, "{}", value.error().message);
}

void Validator::check_object(const ValueNode& node, const NamedType& type) {
  if (node.kind != Kind::kObject) {
    use_variables_of(node);
    return report(node.offset, "Expected value of type \"{}\", found {}.", type.name, print(node));
  }
  std::unordered_set<std::string_view> names;
  for (const ObjectFieldNode& field : node.fields) {
    if (!names.insert(field.name).second)
      report(field.offset, "There can be only one input field named \"{}\".", field.name);
    const InputDef* definition = type.input_field(field.name);
    if (definition) {
      check_value(field.value, *definition->type, definition->default_value.has_value());
    } else {
      report(field.offset, "Field \"{}\" is not defined by type \"{}\".", field.name, type.name);
      use_variables_of(field.value);
    }
  }
  for (const InputDef& definition : type.inputs)
    if (definition.required() && !names.contains(definition.name))
      report(node.offset, "Field \"{}.{}\" of required type \"{}\" was not provided.", type.name, definition.name,
             to_string(*definition.type));
}

void Validator::use_variables_of(const ValueNode& node) {
  if (node.kind == Kind::kVariable && current_) current_->variables.push_back({node.text, node.offset, nullptr, false});
  for (const ValueNode& item : node.items) use_variables_of(item);
  for (const ObjectFieldNode& field : node.fields) use_variables_of(field.value);
}

}  // namespace gamekeeper::graphql
