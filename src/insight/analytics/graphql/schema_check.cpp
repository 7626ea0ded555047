#include <fmt/format.h>

#include <algorithm>

#include "insight/analytics/graphql/schema_linker.h"

namespace gamekeeper::graphql {

bool is_subtype(const Type& sub, const Type& super) {
  if (super.non_null()) return sub.non_null() && is_subtype(*sub.of, *super.of);
  if (sub.non_null()) return is_subtype(*sub.of, super);
  if (sub.kind != super.kind) return false;
  if (sub.kind == Type::Kind::kList) return is_subtype(*sub.of, *super.of);
  if (sub.named == super.named) return true;
  bool implements = std::ranges::find(sub.named->interfaces, super.named) != sub.named->interfaces.end();
  return implements ||
         (super.named->abstract() && sub.named->kind == TypeKind::kObject && super.named->may_be(*sub.named));
}

void SchemaLinker::check() {
  for (const NamedType& type : schema_.all_types_) {
    bool has_fields = type.kind == TypeKind::kObject || type.kind == TypeKind::kInterface;
    bool empty = (has_fields && type.fields.empty()) || (type.kind == TypeKind::kUnion && type.possible.empty()) ||
                 (type.kind == TypeKind::kEnum && type.values.empty()) ||
                 (type.kind == TypeKind::kInputObject && type.inputs.empty());
    if (empty) fail(fmt::format("The type {} is empty.", type.name));
    for (const NamedType* interface : type.interfaces) check_implements(type, *interface);
  }
  check_circles();
}

void SchemaLinker::check_implements(const NamedType& type, const NamedType& interface) {
  for (const NamedType* wider : interface.interfaces)
    if (std::ranges::find(type.interfaces, wider) == type.interfaces.end())
      fail(fmt::format("{} implements {} and so must implement {}.", type.name, interface.name, wider->name));
  for (const FieldDef& promised : interface.fields) {
    const FieldDef* field = type.field(promised.name);
    if (!field || !is_subtype(*field->type, *promised.type))
      return fail(fmt::format("{} does not have the field {}: {} of its interface {}.", type.name, promised.name,
                              to_string(*promised.type), interface.name));
    for (const InputDef& argument : promised.arguments) {
      const InputDef* own = field->argument(argument.name);
      if (!own || !same_type(*own->type, *argument.type))
        return fail(fmt::format("{}.{} does not have the argument {} of its interface {}.", type.name, field->name,
                                argument.name, interface.name));
    }
    for (const InputDef& own : field->arguments)
      if (own.required() && !promised.argument(own.name))
        return fail(fmt::format("{}.{} requires the argument {}, which its interface {} does not have.", type.name,
                                field->name, own.name, interface.name));
  }
}

/// An input object that needs itself through non-null fields could never be written down. Types are removed
/// as soon as all they need is removed; what is left stands on a circle or needs one.
void SchemaLinker::check_circles() {
  std::vector<const NamedType*> left;
  for (const NamedType& type : schema_.all_types_)
    if (type.kind == TypeKind::kInputObject) left.push_back(&type);
  auto needs_one_left = [&](const NamedType* type) {
    return std::ranges::any_of(type->inputs, [&](const InputDef& input) {
      bool needs = input.type->non_null() && input.type->of->kind == Type::Kind::kNamed;
      return needs && std::ranges::find(left, input.type->named) != left.end();
    });
  };
  while (std::erase_if(left, [&](const NamedType* type) { return !needs_one_left(type); }) > 0) {
  }
  if (!left.empty()) fail(fmt::format("The input type {} needs itself.", left.front()->name));
}

}  // namespace gamekeeper::graphql
