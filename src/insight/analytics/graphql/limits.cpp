#include "insight/analytics/graphql/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace gamekeeper::graphql {
namespace {

class Meter {
 public:
  explicit Meter(const Variables& variables) : variables_(variables) {}

  Load measure(const Selections& selections) {
    Load sum;
    for (const SelectionNode& node : selections) {
      Load part;
      switch (node.kind) {
        case SelectionNode::Kind::kField:
          part = measure_field(node);
          break;
        case SelectionNode::Kind::kInline:
          part = measure(node.selections);
          break;
        case SelectionNode::Kind::kSpread:
          part = measure_fragment(*node.fragment);
          break;
      }
      sum.depth = std::max(sum.depth, part.depth);
      sum.cost += part.cost;
      sum.aliases += part.aliases;
      sum.introspection_lists = std::max(sum.introspection_lists, part.introspection_lists);
    }
    return sum;
  }

 private:
  Load measure_fragment(const FragmentNode& fragment) {
    if (auto known = fragments_.find(&fragment); known != fragments_.end()) return known->second;
    return fragments_[&fragment] = measure(fragment.selections);
  }

  Load measure_field(const SelectionNode& node) {
    const FieldDef& field = *node.definition;
    Load load = measure(node.selections);
    bool introspection_root = node.name == "__schema" || node.name == "__type";
    load.depth = introspection_root ? 0 : load.depth + 1;
    if (!node.alias.empty() && node.alias != node.name) load.aliases += 1;
    if (field.introspection && lists_types(node.name)) load.introspection_lists += 1;
    double factor = load.cost > 0 ? multiplier(node) : 1;
    load.cost = std::max(0.0, field.cost.weight) + factor * load.cost;
    return load;
  }

  static bool lists_types(std::string_view name) {
    return name == "fields" || name == "interfaces" || name == "possibleTypes" || name == "inputFields";
  }

  double multiplier(const SelectionNode& node) {
    const FieldCost& cost = node.definition->cost;
    std::optional<double> most;
    for (const std::string& name : cost.multiplier_arguments) {
      const InputDef* definition = node.definition->argument(name);
      auto given = std::ranges::find(node.arguments, name, &ArgumentNode::name);
      Coerced value = definition->default_value.value_or(Value());
      if (given != node.arguments.end()) value = coerce_literal(given->value, *definition->type, &variables_);
      if (!value) continue;
      if (value->as_int())
        most = std::max(most.value_or(0), static_cast<double>(*value->as_int()));
      else if (value->as_list())
        most = std::max(most.value_or(0), static_cast<double>(value->as_list()->size()));
    }
    return std::max(0.0, most.value_or(cost.multiplier_default));
  }

  const Variables& variables_;
  std::unordered_map<const FragmentNode*, Load> fragments_;
};

std::optional<GraphError> passed(std::string field, std::string_view what, double is, double max) {
  if (is <= max) return std::nullopt;
  return GraphError{.code = std::string(kTooComplex),
                    .message = fmt::format("The operation's {} is {}; at most {} is allowed.", what, is, max),
                    .field = std::move(field),
                    .limit = fmt::format("{}", max)};
}

/// Nested fields as written; the parser has bounded how deep this can recurse.
int written_depth(const Selections& selections) {
  int depth = 0;
  for (const SelectionNode& node : selections) {
    if (node.name == "__schema" || node.name == "__type") continue;
    const int field = node.kind == SelectionNode::Kind::kField ? 1 : 0;
    depth = std::max(depth, field + written_depth(node.selections));
  }
  return depth;
}

std::optional<GraphError> check_directives(const Document& document, const Limits& limits) {
  return passed("directives", "number of directives", static_cast<double>(document.directive_count),
                static_cast<double>(limits.directives_max));
}

}  // namespace

std::optional<GraphError> check_written(const Document& document, const Limits& limits) {
  if (auto error = check_directives(document, limits)) return error;
  int depth = 0;
  for (const OperationNode& operation : document.operations)
    depth = std::max(depth, written_depth(operation.selections));
  for (const FragmentNode& fragment : document.fragments) depth = std::max(depth, written_depth(fragment.selections));
  return passed("depth", "depth", depth, limits.depth_max);
}

Load measure(const OperationNode& operation, const Variables& variables) {
  return Meter(variables).measure(operation.selections);
}

std::optional<GraphError> check_limits(const Document& document, const OperationNode& operation,
                                       const Variables& variables, const Limits& limits) {
  auto error = check_directives(document, limits);
  if (error) return error;
  Load load = measure(operation, variables);
  if (!error) error = passed("depth", "depth", load.depth, limits.depth_max);
  if (!error) error = passed("aliases", "number of aliases", load.aliases, limits.aliases_max);
  if (!error) error = passed("cost", "cost", load.cost, limits.cost_max);
  if (!error)
    error = passed("introspection", "nesting of lists in introspection", load.introspection_lists,
                   limits.introspection_lists_max);
  return error;
}

}  // namespace gamekeeper::graphql
