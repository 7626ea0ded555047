#include "insight/analytics/graphql/schema_linker.h"

#include <fmt/format.h>

#include <algorithm>

#include "insight/analytics/graphql/coerce.h"
#include "insight/analytics/graphql/introspection.h"
#include "insight/analytics/graphql/parser.h"

namespace gamekeeper::graphql {
namespace {

std::optional<std::string> deprecation(const std::vector<DirectiveNode>& directives) {
  for (const DirectiveNode& directive : directives) {
    if (directive.name != "deprecated") continue;
    for (const ArgumentNode& argument : directive.arguments)
      if (argument.name == "reason") return argument.value.string;
    return "No longer supported";
  }
  return std::nullopt;
}

NamedType::BuiltIn built_in(std::string_view name) {
  if (name == "Int") return NamedType::BuiltIn::kInt;
  if (name == "Float") return NamedType::BuiltIn::kFloat;
  if (name == "String") return NamedType::BuiltIn::kString;
  if (name == "Boolean") return NamedType::BuiltIn::kBoolean;
  if (name == "ID") return NamedType::BuiltIn::kId;
  return NamedType::BuiltIn::kNo;
}

template <class Range>
bool has_twins(const Range& range) {
  for (size_t i = 0; i < range.size(); ++i)
    for (size_t k = i + 1; k < range.size(); ++k)
      if (range[i].name == range[k].name) return true;
  return false;
}

}  // namespace

void SchemaLinker::fail(std::string message) {
  if (!error_) error_ = Error{ErrorKind::kInvalid, "bad_schema", std::move(message)};
}

Result<void> SchemaLinker::link(const SchemaDocument& document, const SchemaDocument& own) {
  schema_.description_ = document.description;
  for (const auto& node : document.types) {
    if (node.name.starts_with("__")) fail(fmt::format("The name {} is reserved.", node.name));
    declare(node);
  }
  for (const auto& node : own.types) declare(node);
  for (const auto* part : {&document, &own}) {
    for (const auto& node : part->types) define(node);
    for (const auto& node : part->directives) directive(node);
  }
  if (error_) return std::unexpected(*error_);

  schema_.meta_ = schema_.by_name_.at("__Meta");
  for (const NamedType& type : schema_.all_types_)
    if (&type != schema_.meta_) schema_.listed_.push_back(&type);
  bool explicit_only = document.has_schema_definition;
  schema_.query_ = root(document.query, "Query", explicit_only);
  schema_.mutation_ = root(document.mutation, "Mutation", explicit_only);
  schema_.subscription_ = root(document.subscription, "Subscription", explicit_only);
  if (!schema_.query_) fail("The schema has no query type.");
  SchemaBuilder introspection("");
  bind_introspection(introspection);
  bind(introspection);
  bind(bindings_);
  find_possible_types();
  if (!error_) check();
  if (error_) return std::unexpected(*error_);
  for (const auto* part : {&document, &own})
    for (const auto& node : part->types) set_defaults(node);
  find_awaiting();
  if (error_) return std::unexpected(*error_);
  return {};
}

void SchemaLinker::declare(const TypeDefinitionNode& node) {
  if (schema_.by_name_.contains(node.name)) return fail(fmt::format("The type {} is defined twice.", node.name));
  NamedType& type = schema_.all_types_.emplace_back();
  type.kind = node.kind;
  type.name = node.name;
  type.description = node.description;
  type.built_in = built_in(node.name);
  type.use = Type{Type::Kind::kNamed, &type, nullptr};
  schema_.by_name_[type.name] = &type;
}

void SchemaLinker::define(const TypeDefinitionNode& node) {
  if (error_) return;
  NamedType& type = *schema_.by_name_.at(node.name);
  for (std::string_view name : node.interfaces) {
    auto found = schema_.by_name_.find(name);
    if (found == schema_.by_name_.end() || found->second->kind != TypeKind::kInterface)
      return fail(fmt::format("{} implements {}, which is not an interface.", type.name, name));
    type.interfaces.push_back(found->second);
  }
  for (const DirectiveNode& directive : node.directives)
    if (directive.name == "specifiedBy" && !directive.arguments.empty())
      type.specified_by_url = directive.arguments[0].value.string;
  define_members(type, node);
}

void SchemaLinker::define_members(NamedType& type, const TypeDefinitionNode& node) {
  if (has_twins(node.fields) || has_twins(node.inputs) || has_twins(node.values))
    return fail(fmt::format("{} defines a name twice.", type.name));
  type.fields.reserve(node.fields.size());
  for (const FieldNode& member : node.fields) {
    type.fields.push_back(field(type, member));
    type.fields_by_name[type.fields.back().name] = &type.fields.back();
  }
  for (const InputValueNode& member : node.inputs) type.inputs.push_back(input(member, type.name));
  for (const EnumValueNode& value : node.values)
    type.values.push_back({std::string(value.name), value.description, deprecation(value.directives)});
  for (std::string_view name : node.members) {
    auto found = schema_.by_name_.find(name);
    if (found == schema_.by_name_.end() || found->second->kind != TypeKind::kObject)
      return fail(fmt::format("The union {} lists {}, which is not an object type.", type.name, name));
    type.possible.push_back(found->second);
  }
}

FieldDef SchemaLinker::field(NamedType& parent, const FieldNode& node) {
  FieldDef out;
  out.name = node.name;
  out.description = node.description;
  out.parent = &parent;
  out.deprecated = deprecation(node.directives);
  std::string where = fmt::format("{}.{}", parent.name, node.name);
  out.type = use(node.type, where);
  out.introspection = parent.name.starts_with("__");
  if (node.name.starts_with("__") && !out.introspection) fail(fmt::format("The name {} is reserved.", where));
  if (has_twins(node.arguments)) fail(fmt::format("{} defines an argument twice.", where));
  for (const InputValueNode& argument : node.arguments) out.arguments.push_back(input(argument, where));
  if (out.type && !out.type->named->output()) fail(fmt::format("{} has an input type.", where));
  return out;
}

InputDef SchemaLinker::input(const InputValueNode& node, const std::string& where) {
  InputDef out;
  out.name = node.name;
  out.description = node.description;
  out.type = use(node.type, fmt::format("{}.{}", where, node.name));
  out.deprecated = deprecation(node.directives);
  if (node.default_value) {
    out.default_text = print(*node.default_value);
    out.default_value = Value();  // set_defaults() gives the value when every type is complete
  }
  if (out.type && !out.type->named->input()) fail(fmt::format("{}.{} has an output type.", where, node.name));
  return out;
}

const Type* SchemaLinker::use(const TypeNode& node, const std::string& where) {
  const Type* type = nullptr;
  if (node.item) {
    const Type* item = use(*node.item, where);
    if (!item) return nullptr;
    type = &schema_.wrappers_.emplace_back(Type{Type::Kind::kList, item->named, item});
  } else {
    auto found = schema_.by_name_.find(node.name);
    if (found == schema_.by_name_.end()) {
      fail(fmt::format("{} has the unknown type {}.", where, node.name));
      return nullptr;
    }
    type = &found->second->use;
  }
  if (node.non_null) type = &schema_.wrappers_.emplace_back(Type{Type::Kind::kNonNull, type->named, type});
  return type;
}

const NamedType* SchemaLinker::root(std::string_view named, std::string_view usual, bool explicit_only) {
  if (named.empty() && explicit_only) return nullptr;
  auto found = schema_.by_name_.find(named.empty() ? usual : named);
  if (found == schema_.by_name_.end()) {
    if (!named.empty()) fail(fmt::format("The root type {} is unknown.", named));
    return nullptr;
  }
  if (found->second->kind != TypeKind::kObject)
    fail(fmt::format("The root type {} is not an object type.", found->first));
  return found->second;
}

void SchemaLinker::directive(const DirectiveDefinitionNode& node) {
  if (schema_.directive(node.name)) return fail(fmt::format("The directive @{} is defined twice.", node.name));
  DirectiveDef out{.name = std::string(node.name), .description = node.description, .repeatable = node.repeatable};
  for (const InputValueNode& argument : node.arguments) out.arguments.push_back(input(argument, "@" + out.name));
  for (std::string_view location : node.locations) out.locations.emplace_back(location);
  if (!error_) defaults(out.arguments, node.arguments, "@" + out.name);
  schema_.directives_.push_back(std::move(out));
}

void SchemaLinker::set_defaults(const TypeDefinitionNode& node) {
  NamedType& type = *schema_.by_name_.at(node.name);
  defaults(type.inputs, node.inputs, type.name);
  for (size_t i = 0; i < node.fields.size(); ++i)
    defaults(type.fields[i].arguments, node.fields[i].arguments, fmt::format("{}.{}", type.name, type.fields[i].name));
}

void SchemaLinker::defaults(std::span<InputDef> inputs, const std::vector<InputValueNode>& nodes,
                            const std::string& where) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].default_value) continue;
    auto value = coerce_literal(*nodes[i].default_value, *inputs[i].type, nullptr);
    if (!value) return fail(fmt::format("The default of {}.{}: {}", where, inputs[i].name, value.error().message));
    inputs[i].default_value = std::move(*value);
  }
}

FieldDef* SchemaLinker::bound_field(const std::string& path) {
  size_t dot = path.find('.');
  auto found = schema_.by_name_.find(std::string_view(path).substr(0, dot));
  if (dot != std::string::npos && found != schema_.by_name_.end())
    for (FieldDef& field : found->second->fields)
      if (field.name == std::string_view(path).substr(dot + 1)) return &field;
  fail(fmt::format("{} is bound, but the schema has no such field.", path));
  return nullptr;
}

void SchemaLinker::bind(const SchemaBuilder& bindings) {
  for (const auto& [path, resolver] : bindings.resolvers_)
    if (FieldDef* field = bound_field(path)) field->resolver = resolver;
  for (const auto& [path, resolver] : bindings.sync_resolvers_) {
    FieldDef* field = bound_field(path);
    if (field && field->resolver) fail(fmt::format("{} has two resolvers.", path));
    if (field) field->sync_resolver = resolver;
  }
  for (const auto& [path, source] : bindings.sources_) {
    FieldDef* field = bound_field(path);
    if (field && field->parent != schema_.subscription_)
      fail(fmt::format("{} has a source but is not a field of the subscription type.", path));
    if (field) field->source = source;
  }
  for (const auto& [path, cost] : bindings.costs_) {
    FieldDef* field = bound_field(path);
    if (!field) return;
    for (const std::string& argument : cost.multiplier_arguments)
      if (!field->argument(argument))
        fail(fmt::format("The cost of {} names the unknown argument {}.", path, argument));
    field->cost = cost;
  }
  for (const auto& [name, functions] : bindings.scalars_) {
    auto found = schema_.by_name_.find(name);
    if (found == schema_.by_name_.end() || found->second->kind != TypeKind::kScalar)
      return fail(fmt::format("{} is bound, but the schema has no such scalar.", name));
    found->second->scalar = functions;
  }
  for (const auto& [name, function] : bindings.type_resolvers_) {
    auto found = schema_.by_name_.find(name);
    if (found == schema_.by_name_.end() || !found->second->abstract())
      return fail(fmt::format("{} is bound, but the schema has no such interface or union.", name));
    found->second->resolve_type = function;
  }
}

void SchemaLinker::find_possible_types() {
  for (NamedType& type : schema_.all_types_) {
    if (type.kind != TypeKind::kObject) continue;
    type.possible.push_back(&type);
    for (const NamedType* interface : type.interfaces) schema_.by_name_.at(interface->name)->possible.push_back(&type);
  }
}

void SchemaLinker::find_awaiting() {
  for (bool changed = true; changed;) {
    changed = false;
    for (NamedType& type : schema_.all_types_) {
      bool awaits = std::ranges::any_of(type.possible, &NamedType::may_await);
      for (const FieldDef& field : type.fields) awaits = awaits || field.resolver || field.type->named->may_await;
      changed = changed || awaits != type.may_await;
      type.may_await = awaits;
    }
  }
}

}  // namespace gamekeeper::graphql
