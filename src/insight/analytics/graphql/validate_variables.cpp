#include <algorithm>

#include "insight/analytics/graphql/schema_linker.h"
#include "insight/analytics/graphql/validator.h"

namespace gamekeeper::graphql {

const Type* Validator::resolve(const TypeNode& node) {
  const Type* type = nullptr;
  if (node.item) {
    const Type* item = resolve(*node.item);
    if (!item) return nullptr;
    type = &document_.types.emplace_back(Type{Type::Kind::kList, item->named, item});
  } else {
    const NamedType* named = schema_.type(node.name);
    if (!named) {
      report(node.offset, "Unknown type \"{}\".", node.name);
      return nullptr;
    }
    type = &named->use;
  }
  if (node.non_null) type = &document_.types.emplace_back(Type{Type::Kind::kNonNull, type->named, type});
  return type;
}

void Validator::check_variable_definitions(OperationNode& operation) {
  std::unordered_set<std::string_view> names;
  for (VariableNode& variable : operation.variables) {
    if (!names.insert(variable.name).second)
      report(variable.offset, "There can be only one variable named \"${}\".", variable.name);
    check_directives(variable.directives, "VARIABLE_DEFINITION");
    variable.resolved = resolve(variable.type);
    if (!variable.resolved) continue;
    if (!variable.resolved->named->input())
      report(variable.type.offset, "Variable \"${}\" cannot be non-input type \"{}\".", variable.name,
             to_string(*variable.resolved));
    else if (variable.default_value)
      check_value(*variable.default_value, *variable.resolved, false);
  }
}

namespace {

bool allowed(const VariableNode& variable, const Type& location, bool location_default) {
  const Type& type = *variable.resolved;
  if (!location.non_null() || type.non_null()) return is_subtype(type, location);
  bool has_default = variable.default_value && variable.default_value->kind != ValueNode::Kind::kNull;
  return (has_default || location_default) && is_subtype(type, *location.of);
}

}  // namespace

void Validator::check_variable_uses(const OperationNode& operation) {
  std::unordered_map<std::string_view, const VariableNode*> defined;
  for (const VariableNode& variable : operation.variables) defined.emplace(variable.name, &variable);
  std::unordered_set<std::string_view> used;
  auto check = [&](const VariableUse& use) {
    used.insert(use.name);
    auto found = defined.find(use.name);
    if (found == defined.end()) {
      if (operation.name.empty())
        report(use.offset, "Variable \"${}\" is not defined.", use.name);
      else
        report(use.offset, "Variable \"${}\" is not defined by operation \"{}\".", use.name, operation.name);
      return;
    }
    const VariableNode& variable = *found->second;
    if (use.type && variable.resolved && !allowed(variable, *use.type, use.location_default))
      report(use.offset, "Variable \"${}\" of type \"{}\" used in position expecting type \"{}\".", use.name,
             to_string(*variable.resolved), to_string(*use.type));
  };
  for (const VariableUse& use : uses_[&operation].variables) check(use);
  for (const FragmentNode* fragment : reachable(&operation)) {
    if (full()) return;
    for (const VariableUse& use : uses_[fragment].variables) check(use);
  }
  for (const VariableNode& variable : operation.variables)
    if (!used.contains(variable.name)) report(variable.offset, "Variable \"${}\" is never used.", variable.name);
}

}  // namespace gamekeeper::graphql
