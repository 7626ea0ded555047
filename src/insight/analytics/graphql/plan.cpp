#include "insight/analytics/graphql/plan.h"

#include <algorithm>

namespace gamekeeper::graphql {

std::unique_ptr<Plan> Planner::plan(const NamedType& type, const Selections& selections) const {
  auto out = std::make_unique<Plan>();
  out->type = &type;
  std::vector<const FragmentNode*> seen;
  collect(*out, selections, seen);
  finish(*out);
  return out;
}

Plan& Planner::below(PlannedField& field, const NamedType& type) const {
  for (auto& [known, plan] : field.below)
    if (known == &type) return *plan;
  auto out = std::make_unique<Plan>();
  out->type = &type;
  std::vector<const FragmentNode*> seen;
  for (const SelectionNode* node : field.nodes) collect(*out, node->selections, seen);
  finish(*out);
  return *field.below.emplace_back(&type, std::move(out)).second;
}

bool Planner::included(const SelectionNode& node) const {
  for (const DirectiveNode& directive : node.directives) {
    bool skip = directive.name == "skip";
    if (!skip && directive.name != "include") continue;
    const ValueNode& condition = directive.arguments.front().value;
    const Value* variable = condition.kind == ValueNode::Kind::kVariable ? variables_.find(condition.text) : nullptr;
    const bool* flag = variable ? variable->as_bool() : nullptr;
    bool holds = flag ? *flag : condition.text == "true";
    if (holds == skip) return false;
  }
  return true;
}

void Planner::collect(Plan& plan, const Selections& selections, std::vector<const FragmentNode*>& seen) const {
  for (const SelectionNode& node : selections) {
    if (!included(node)) continue;
    if (node.kind == SelectionNode::Kind::kField) {
      add(plan, node);
    } else if (node.kind == SelectionNode::Kind::kInline) {
      if (!node.condition || node.condition->may_be(*plan.type)) collect(plan, node.selections, seen);
    } else if (std::ranges::find(seen, node.fragment) == seen.end()) {
      seen.push_back(node.fragment);
      if (node.fragment->condition->may_be(*plan.type)) collect(plan, node.fragment->selections, seen);
    }
  }
}

void Planner::add(Plan& plan, const SelectionNode& node) const {
  auto same = std::ranges::find(plan.fields, node.response_key(), &PlannedField::key);
  if (same != plan.fields.end()) {
    same->nodes.push_back(&node);
    return;
  }
  PlannedField& field = plan.fields.emplace_back();
  field.key = node.response_key();
  field.nodes.push_back(&node);
}

void Planner::finish(Plan& plan) const {
  for (PlannedField& field : plan.fields) {
    const SelectionNode& node = *field.nodes.front();
    field.json_key.reserve(field.key.size() + 3);
    field.json_key.append("\"").append(field.key).append("\":");
    field.definition = schema_.field(*plan.type, node.name);
    field.typename_field = node.name == "__typename";
    field.awaits = field.definition->resolver || field.definition->type->named->may_await;
    if (!field.definition->arguments.empty())
      field.arguments = coerce_arguments(field.definition->arguments, node.arguments, node.offset, variables_);
    plan.awaits = plan.awaits || field.awaits;
    plan.properties_only = plan.properties_only && !field.resolved();
  }
}

}  // namespace gamekeeper::graphql
