#include "insight/analytics/graphql/validate.h"

#include <algorithm>

#include "insight/analytics/graphql/validator.h"

namespace gamekeeper::graphql {

GraphErrors validate(const Schema& schema, Document& document, const ValidationOptions& options) {
  return Validator(schema, document, options).run();
}

void Validator::add_error(uint32_t offset, std::string message) {
  errors_.push_back({std::string(kValidationFailed), std::move(message), {locate(document_.source, offset)}});
}

GraphErrors Validator::run() {
  name_fragments();
  name_operations();
  for (FragmentNode& fragment : document_.fragments) check_fragment(fragment);
  for (OperationNode& operation : document_.operations) check_operation(operation);
  bool cycles = find_cycles();
  check_unused_fragments();
  for (OperationNode& operation : document_.operations) {
    check_variable_uses(operation);
    if (operation.kind == OperationKind::kSubscription && !cycles) check_single_root(operation);
  }
  if (errors_.empty()) return check_overlaps(document_, options_.overlap_steps_max);
  return std::move(errors_);
}

void Validator::name_fragments() {
  for (FragmentNode& fragment : document_.fragments) {
    bool fresh = document_.fragments_by_name.emplace(fragment.name, &fragment).second;
    if (!fresh) report(fragment.offset, "There can be only one fragment named \"{}\".", fragment.name);
    fragment.condition = schema_.type(fragment.condition_name);
    if (!fragment.condition) {
      report(fragment.condition_offset, "Unknown type \"{}\".", fragment.condition_name);
    } else if (!fragment.condition->composite()) {
      report(fragment.condition_offset, "Fragment \"{}\" cannot condition on non composite type \"{}\".", fragment.name,
             fragment.condition_name);
      fragment.condition = nullptr;
    }
  }
}

void Validator::name_operations() {
  if (document_.operations.empty()) report(0, "The document has no operation.");
  std::unordered_set<std::string_view> names;
  for (const OperationNode& operation : document_.operations) {
    if (operation.name.empty() && document_.operations.size() > 1)
      report(operation.offset, "This anonymous operation must be the only defined operation.");
    if (!operation.name.empty() && !names.insert(operation.name).second)
      report(operation.offset, "There can be only one operation named \"{}\".", operation.name);
  }
}

void Validator::check_operation(OperationNode& operation) {
  current_ = &uses_[&operation];
  bool query = operation.kind == OperationKind::kQuery;
  bool mutation = operation.kind == OperationKind::kMutation;
  const NamedType* root = query ? schema_.query() : mutation ? schema_.mutation() : schema_.subscription();
  std::string_view kind = query ? "query" : mutation ? "mutation" : "subscription";
  check_variable_definitions(operation);
  check_directives(operation.directives, query ? "QUERY" : mutation ? "MUTATION" : "SUBSCRIPTION");
  if (!root) return report(operation.offset, "Schema is not configured to execute {} operations.", kind);
  check_selections(operation.selections, root);
}

void Validator::check_fragment(FragmentNode& fragment) {
  current_ = &uses_[&fragment];
  check_directives(fragment.directives, "FRAGMENT_DEFINITION");
  if (fragment.condition) check_selections(fragment.selections, fragment.condition);
}

void Validator::check_selections(Selections& selections, const NamedType* parent) {
  for (SelectionNode& node : selections) {
    if (full()) return;
    node.parent = parent;
    switch (node.kind) {
      case SelectionNode::Kind::kField:
        check_field(node, *parent);
        break;
      case SelectionNode::Kind::kInline:
        check_inline(node, *parent);
        break;
      case SelectionNode::Kind::kSpread:
        check_spread(node, *parent);
        break;
    }
  }
}

void Validator::check_field(SelectionNode& node, const NamedType& parent) {
  check_directives(node.directives, "FIELD");
  const FieldDef* field = schema_.field(parent, node.name);
  node.definition = field;
  if (!field) return report(node.offset, "Cannot query field \"{}\" on type \"{}\".", node.name, parent.name);
  if (!options_.introspection && (node.name == "__schema" || node.name == "__type"))
    return report(node.offset, "GraphQL introspection is not allowed.");
  check_arguments(node.arguments, field->arguments, node.offset,
                  fmt::format("Field \"{}.{}\"", parent.name, node.name));
  const NamedType& type = *field->type->named;
  if (type.leaf() && !node.selections.empty())
    return report(node.offset, "Field \"{}\" must not have a selection since type \"{}\" has no subfields.", node.name,
                  to_string(*field->type));
  if (!type.leaf() && node.selections.empty())
    return report(node.offset, "Field \"{}\" of type \"{}\" must have a selection of subfields.", node.name,
                  to_string(*field->type));
  check_selections(node.selections, &type);
}

namespace {

bool overlap(const NamedType& a, const NamedType& b) {
  return std::ranges::any_of(a.possible, [&](const NamedType* type) { return b.may_be(*type); });
}

}  // namespace

void Validator::check_inline(SelectionNode& node, const NamedType& parent) {
  check_directives(node.directives, "INLINE_FRAGMENT");
  if (node.name.empty()) return check_selections(node.selections, &parent);
  node.condition = schema_.type(node.name);
  if (!node.condition) return report(node.offset, "Unknown type \"{}\".", node.name);
  if (!node.condition->composite())
    return report(node.offset, "Fragment cannot condition on non composite type \"{}\".", node.name);
  if (!overlap(parent, *node.condition))
    report(node.offset, "Fragment cannot be spread here as objects of type \"{}\" can never be of type \"{}\".",
           parent.name, node.name);
  check_selections(node.selections, node.condition);
}

void Validator::check_spread(SelectionNode& node, const NamedType& parent) {
  check_directives(node.directives, "FRAGMENT_SPREAD");
  auto found = document_.fragments_by_name.find(node.name);
  if (found == document_.fragments_by_name.end()) return report(node.offset, "Unknown fragment \"{}\".", node.name);
  node.fragment = found->second;
  current_->spreads.push_back(&node);
  if (node.fragment->condition && !overlap(parent, *node.fragment->condition))
    report(node.offset, "Fragment \"{}\" cannot be spread here as objects of type \"{}\" can never be of type \"{}\".",
           node.name, parent.name, node.fragment->condition_name);
}

bool Validator::find_cycles() {
  std::unordered_map<const FragmentNode*, int> state;
  bool found = false;
  for (const FragmentNode& fragment : document_.fragments) found = find_cycle(fragment, state) || found;
  return found;
}

/// Depth first with a stack of its own: a chain of fragments may be as long as the document. States: 1 open,
/// 2 done.
bool Validator::find_cycle(const FragmentNode& start, std::unordered_map<const FragmentNode*, int>& state) {
  struct Step {
    const FragmentNode* fragment;
    size_t next;
  };
  bool found = false;
  std::vector<Step> stack;
  if (state[&start] == 0) stack.push_back({&start, 0});
  while (!stack.empty()) {
    Step& top = stack.back();
    state[top.fragment] = 1;
    const auto& spreads = uses_[top.fragment].spreads;
    if (top.next == spreads.size()) {
      state[top.fragment] = 2;
      stack.pop_back();
      continue;
    }
    const SelectionNode& spread = *spreads[top.next++];
    int seen = state[spread.fragment];
    if (seen == 0) stack.push_back({spread.fragment, 0});
    if (seen != 1) continue;
    found = true;
    report(spread.offset, "Cannot spread fragment \"{}\" within itself.", spread.name);
  }
  return found;
}

std::unordered_set<const FragmentNode*> Validator::reachable(const void* definition) {
  std::unordered_set<const FragmentNode*> seen;
  std::vector<const void*> left{definition};
  while (!left.empty()) {
    const void* from = left.back();
    left.pop_back();
    for (const SelectionNode* spread : uses_[from].spreads)
      if (seen.insert(spread->fragment).second) left.push_back(spread->fragment);
  }
  return seen;
}

void Validator::check_unused_fragments() {
  std::unordered_set<const FragmentNode*> used;
  for (const OperationNode& operation : document_.operations) used.merge(reachable(&operation));
  for (const FragmentNode& fragment : document_.fragments)
    if (!used.contains(&fragment)) report(fragment.offset, "Fragment \"{}\" is never used.", fragment.name);
}

void Validator::check_single_root(const OperationNode& operation) {
  std::unordered_set<std::string_view> keys;
  std::unordered_set<const FragmentNode*> seen;
  std::vector<const Selections*> left{&operation.selections};
  bool meta = false;
  while (!left.empty()) {
    const Selections& selections = *left.back();
    left.pop_back();
    for (const SelectionNode& node : selections) {
      if (node.kind == SelectionNode::Kind::kInline) left.push_back(&node.selections);
      if (node.fragment && seen.insert(node.fragment).second) left.push_back(&node.fragment->selections);
      if (node.kind != SelectionNode::Kind::kField) continue;
      keys.insert(node.response_key());
      meta = meta || node.name.starts_with("__");
    }
  }
  if (keys.size() != 1) report(operation.offset, "A subscription must select only one top level field.");
  if (meta) report(operation.offset, "A subscription must not select an introspection top level field.");
}

}  // namespace gamekeeper::graphql
