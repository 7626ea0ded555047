#pragma once

#include <fmt/format.h>

#include <set>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "insight/analytics/graphql/validate.h"

namespace gamekeeper::graphql {

/// The passes of validate(), spread over several files. Used once.
class Validator {
 public:
  Validator(const Schema& schema, Document& document, const ValidationOptions& options)
      : schema_(schema), document_(document), options_(options) {}

  GraphErrors run();

 private:
  struct VariableUse {
    std::string_view name;
    uint32_t offset;
    const Type* type;  // null inside a custom scalar's literal: any variable fits
    bool location_default;
  };
  /// What an operation or fragment refers to by itself.
  struct Uses {
    std::vector<VariableUse> variables;
    std::vector<const SelectionNode*> spreads;
  };

  // validate.cpp: definitions, fields, fragments
  void name_fragments();
  void name_operations();
  void check_operation(OperationNode& operation);
  void check_fragment(FragmentNode& fragment);
  void check_selections(Selections& selections, const NamedType* parent);
  void check_field(SelectionNode& node, const NamedType& parent);
  void check_inline(SelectionNode& node, const NamedType& parent);
  void check_spread(SelectionNode& node, const NamedType& parent);
  bool find_cycles();
  bool find_cycle(const FragmentNode& fragment, std::unordered_map<const FragmentNode*, int>& state);
  void check_single_root(const OperationNode& operation);
  std::unordered_set<const FragmentNode*> reachable(const void* definition);
  void check_unused_fragments();

  // validate_values.cpp: arguments, literals, directives
  void check_directives(const std::vector<DirectiveNode>& directives, std::string_view location);
  void check_arguments(const std::vector<ArgumentNode>& nodes, std::span<const InputDef> definitions, uint32_t offset,
                       const std::string& owner);
  void check_value(const ValueNode& node, const Type& type, bool location_default);
  void check_object(const ValueNode& node, const NamedType& type);
  void use_variables_of(const ValueNode& node);

  // validate_variables.cpp
  void check_variable_definitions(OperationNode& operation);
  const Type* resolve(const TypeNode& node);
  void check_variable_uses(const OperationNode& operation);

  bool full() const { return errors_.size() >= options_.errors_max; }
  template <class... Args>
  void report(uint32_t offset, fmt::format_string<Args...> format, Args&&... args) {
    if (!full()) add_error(offset, fmt::format(format, std::forward<Args>(args)...));
  }
  void add_error(uint32_t offset, std::string message);

  const Schema& schema_;
  Document& document_;
  const ValidationOptions& options_;
  GraphErrors errors_;
  std::unordered_map<const void*, Uses> uses_;  // by operation or fragment
  Uses* current_ = nullptr;
};

/// 5.3.2, after all else was found right (validate_overlap.cpp).
GraphErrors check_overlaps(const Document& document, size_t steps_max);

}  // namespace gamekeeper::graphql
