#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "insight/analytics/graphql/ast.h"
#include "insight/analytics/graphql/schema.h"

namespace gamekeeper::graphql {

/// Where in the answer: a chain of keys and list positions towards the root, on the executor's stack.
struct Path {
  const Path* parent = nullptr;
  std::string_view key = {};  // empty for a list position
  int64_t index = 0;

  std::vector<PathSegment> segments() const;
};

/// What a resolver is told. Valid until the resolver's task has ended.
struct ResolveInfo {
  const Schema& schema;
  const FieldDef& field;
  const Value& parent;     // null at the root
  const Value& arguments;  // an object, defaults filled in; null when there are none
  const Path& path;
  void* context;  // the caller's
  std::span<const SelectionNode* const> nodes;

  /// An argument, or null when it was not given and has no default.
  const Value& argument(std::string_view name) const;
  bool has_argument(std::string_view name) const { return arguments.find(name) != nullptr; }
  template <class T>
  T& context_as() const {
    return *static_cast<T*>(context);
  }
  /// Whether the field `name` is asked for right below this one (through fragments; @skip and @include
  /// aside).
  bool selects(std::string_view name) const;
};

}  // namespace gamekeeper::graphql
