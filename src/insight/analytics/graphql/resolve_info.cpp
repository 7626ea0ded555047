#include "insight/analytics/graphql/resolve_info.h"

#include <algorithm>

namespace gamekeeper::graphql {
namespace {

bool contains(const Selections& selections, std::string_view name, std::vector<const FragmentNode*>& seen) {
  for (const SelectionNode& node : selections) {
    if (node.kind == SelectionNode::Kind::kField) {
      if (node.name == name) return true;
    } else if (node.kind == SelectionNode::Kind::kInline) {
      if (contains(node.selections, name, seen)) return true;
    } else if (std::ranges::find(seen, node.fragment) == seen.end()) {
      seen.push_back(node.fragment);
      if (contains(node.fragment->selections, name, seen)) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<PathSegment> Path::segments() const {
  std::vector<PathSegment> out;
  for (const Path* at = this; at; at = at->parent) {
    if (at->key.empty())
      out.emplace_back(at->index);
    else
      out.emplace_back(std::string(at->key));
  }
  std::ranges::reverse(out);
  return out;
}

const Value& ResolveInfo::argument(std::string_view name) const {
  static const Value kNone;
  const Value* found = arguments.find(name);
  return found ? *found : kNone;
}

bool ResolveInfo::selects(std::string_view name) const {
  std::vector<const FragmentNode*> seen;
  return std::ranges::any_of(nodes, [&](const SelectionNode* node) { return contains(node->selections, name, seen); });
}

}  // namespace gamekeeper::graphql
