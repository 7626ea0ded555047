#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "insight/analytics/graphql/type.h"

namespace gamekeeper::graphql {

// The syntax tree of a document. Names are views of Document::source; `offset` points there for error
// locations.

struct ObjectFieldNode;

struct ValueNode {
  enum class Kind : uint8_t { kVariable, kInt, kFloat, kString, kBoolean, kNull, kEnum, kList, kObject };
  Kind kind = Kind::kNull;
  uint32_t offset = 0;
  std::string_view text = {};  // a variable's or enum's name, a number, "true" or "false"
  std::string string = {};
  std::vector<ValueNode> items;
  std::vector<ObjectFieldNode> fields;
};

struct ObjectFieldNode {
  std::string_view name;
  uint32_t offset = 0;
  ValueNode value = {};
};

struct TypeNode {
  uint32_t offset = 0;
  bool non_null = false;
  std::string_view name = {};           // empty for a list
  std::unique_ptr<TypeNode> item = {};  // of a list
};

struct ArgumentNode {
  std::string_view name;
  uint32_t offset = 0;
  ValueNode value = {};
};

struct DirectiveNode {
  std::string_view name;
  uint32_t offset = 0;
  std::vector<ArgumentNode> arguments = {};
};

struct FragmentNode;

/// A field, a fragment spread (`name` is the fragment's) or an inline fragment (`name` is its type condition
/// or empty). The validator fills in what stands below the line.
struct SelectionNode {
  enum class Kind : uint8_t { kField, kSpread, kInline };
  Kind kind = Kind::kField;
  uint32_t offset = 0;
  std::string_view name = {};
  std::string_view alias = {};
  std::vector<ArgumentNode> arguments = {};
  std::vector<DirectiveNode> directives = {};
  std::vector<SelectionNode> selections;
  // ---
  const NamedType* parent = nullptr;       // the type in scope around this selection
  const FieldDef* definition = nullptr;    // of a field
  const NamedType* condition = nullptr;    // of an inline fragment; null when it has none
  const FragmentNode* fragment = nullptr;  // of a spread

  std::string_view response_key() const { return alias.empty() ? name : alias; }
};

using Selections = std::vector<SelectionNode>;

struct FragmentNode {
  std::string_view name;
  uint32_t offset = 0;
  std::string_view condition_name = {};
  uint32_t condition_offset = 0;
  std::vector<DirectiveNode> directives = {};
  Selections selections = {};
  const NamedType* condition = nullptr;  // by the validator
};

struct VariableNode {
  std::string_view name;
  uint32_t offset = 0;
  TypeNode type = {};
  std::optional<ValueNode> default_value = {};
  std::vector<DirectiveNode> directives = {};
  const Type* resolved = nullptr;  // by the validator
};

enum class OperationKind : uint8_t { kQuery, kMutation, kSubscription };

struct OperationNode {
  OperationKind kind = OperationKind::kQuery;
  uint32_t offset = 0;
  std::string_view name = {};
  std::vector<VariableNode> variables = {};
  std::vector<DirectiveNode> directives = {};
  Selections selections = {};
};

/// Lives behind a shared_ptr and is never moved: its nodes point into it.
struct Document {
  std::string source;
  std::vector<OperationNode> operations;
  std::deque<FragmentNode> fragments;
  std::unordered_map<std::string_view, FragmentNode*> fragments_by_name;
  std::deque<Type> types;  // those that variables declare
  size_t directive_count = 0;
};

// The syntax of a schema (SDL).

struct InputValueNode {
  std::string description;
  std::string_view name;
  TypeNode type;
  std::optional<ValueNode> default_value;
  std::vector<DirectiveNode> directives;
};

struct FieldNode {
  std::string description;
  std::string_view name;
  std::vector<InputValueNode> arguments;
  TypeNode type;
  std::vector<DirectiveNode> directives;
};

struct EnumValueNode {
  std::string description;
  std::string_view name;
  std::vector<DirectiveNode> directives;
};

struct TypeDefinitionNode {
  TypeKind kind = TypeKind::kScalar;
  uint32_t offset = 0;
  std::string description;
  std::string_view name;
  std::vector<std::string_view> interfaces;
  std::vector<DirectiveNode> directives;
  std::vector<FieldNode> fields;
  std::vector<InputValueNode> inputs;
  std::vector<EnumValueNode> values;
  std::vector<std::string_view> members;
};

struct DirectiveDefinitionNode {
  std::string description;
  std::string_view name;
  uint32_t offset = 0;
  std::vector<InputValueNode> arguments;
  bool repeatable = false;
  std::vector<std::string_view> locations;
};

struct SchemaDocument {
  std::string description;
  std::vector<TypeDefinitionNode> types;
  std::vector<DirectiveDefinitionNode> directives;
  std::string_view query, mutation, subscription;  // empty: the default names
  bool has_schema_definition = false;
};

}  // namespace gamekeeper::graphql
