#pragma once

#include <span>

#include "insight/analytics/graphql/ast.h"
#include "insight/analytics/graphql/schema.h"

namespace gamekeeper::graphql {

/// Turns parsed SDL into a Schema: resolves names, binds functions, coerces default values, checks. The first
/// error stands.
class SchemaLinker {
 public:
  SchemaLinker(Schema& schema, const SchemaBuilder& bindings) : schema_(schema), bindings_(bindings) {}

  Result<void> link(const SchemaDocument& document, const SchemaDocument& own);

 private:
  void declare(const TypeDefinitionNode& node);
  void define(const TypeDefinitionNode& node);
  void define_members(NamedType& type, const TypeDefinitionNode& node);
  FieldDef field(NamedType& parent, const FieldNode& node);
  InputDef input(const InputValueNode& node, const std::string& where);
  const Type* use(const TypeNode& node, const std::string& where);
  const NamedType* root(std::string_view named, std::string_view usual, bool explicit_only);
  void directive(const DirectiveDefinitionNode& node);
  void defaults(std::span<InputDef> inputs, const std::vector<InputValueNode>& nodes, const std::string& where);
  void set_defaults(const TypeDefinitionNode& node);
  void bind(const SchemaBuilder& bindings);
  FieldDef* bound_field(const std::string& path);
  void find_possible_types();
  void find_awaiting();
  void check();
  void check_implements(const NamedType& type, const NamedType& interface);
  void check_circles();
  void fail(std::string message);

  Schema& schema_;
  const SchemaBuilder& bindings_;
  std::optional<Error> error_;
};

/// Whether a value of `sub` is always one of `super`.
bool is_subtype(const Type& sub, const Type& super);

}  // namespace gamekeeper::graphql
