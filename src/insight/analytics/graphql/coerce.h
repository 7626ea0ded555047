#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <span>
#include <string>

#include "insight/analytics/graphql/ast.h"

namespace gamekeeper::graphql {

/// Why a value is not one of its type; `path` leads to the place inside it (`input.items[2]`).
struct Problem {
  std::string message;
  uint32_t offset = 0;
  std::string path = {};
};

using Coerced = std::expected<Value, Problem>;

/// An operation's variables, coerced. A variable that was neither given nor has a default is absent.
struct Variables {
  struct Entry {
    std::string_view name;
    Value value;
  };
  std::vector<Entry> entries;

  const Value* find(std::string_view name) const;
};

/// The value of a literal as an input of `type`. `variables` may be null where the literal is constant.
Coerced coerce_literal(const ValueNode& node, const Type& type, const Variables* variables);

/// The same for a leaf type without lists and null, which is what the validator asks about.
Coerced coerce_leaf(const ValueNode& node, const NamedType& type, const Variables* variables);

Coerced coerce_json(const boost::json::value& json, const Type& type, std::string path);

/// Errors: bad_variables, one for each variable that is wrong.
std::expected<Variables, GraphErrors> coerce_variables(const OperationNode& operation, std::string_view source,
                                                       const boost::json::object& json);

/// A field's or directive's arguments as an object, defaults filled in.
Coerced coerce_arguments(std::span<const InputDef> definitions, const std::vector<ArgumentNode>& nodes, uint32_t offset,
                         const Variables& variables);

}  // namespace gamekeeper::graphql
