#include <algorithm>
#include <map>

#include "insight/analytics/graphql/parser.h"
#include "insight/analytics/graphql/validator.h"

namespace gamekeeper::graphql {
namespace {

using Fields = std::vector<const SelectionNode*>;

/// FieldsInSetCanMerge(), not pair by pair but set by set: all the fields with one response key must have one
/// shape, and those whose parents may be one object must be the same field. Sets are remembered, and the work
/// is bounded, because fragments can spell out exponentially many of them.
class OverlapCheck {
 public:
  OverlapCheck(const Document& document, size_t steps_max) : document_(document), steps_left_(steps_max) {}

  GraphErrors run() {
    for (const OperationNode& operation : document_.operations) check_set(collect({&operation.selections}));
    for (const FragmentNode& fragment : document_.fragments) check_set(collect({&fragment.selections}));
    if (steps_left_ == 0 && errors_.empty())
      errors_.push_back({std::string(kTooComplex), "The document's fields overlap in too many ways."});
    return std::move(errors_);
  }

 private:
  bool stop() const { return steps_left_ == 0 || !errors_.empty(); }

  bool step() {
    if (steps_left_ > 0) --steps_left_;
    return steps_left_ > 0;
  }

  /// All fields of the selections, fragments opened (each once), in a stable order.
  Fields collect(std::vector<const Selections*> left) {
    Fields out;
    std::unordered_set<const FragmentNode*> seen;
    while (!left.empty()) {
      const Selections& selections = *left.back();
      left.pop_back();
      for (const SelectionNode& node : selections) {
        if (!step()) return {};
        if (node.kind == SelectionNode::Kind::kField)
          out.push_back(&node);
        else if (node.kind == SelectionNode::Kind::kInline)
          left.push_back(&node.selections);
        else if (seen.insert(node.fragment).second)
          left.push_back(&node.fragment->selections);
      }
    }
    std::ranges::sort(out, {}, &SelectionNode::offset);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
  }

  Fields collect_below(const Fields& fields) {
    std::vector<const Selections*> below;
    for (const SelectionNode* field : fields)
      if (!field->selections.empty()) below.push_back(&field->selections);
    return below.empty() ? Fields{} : collect(std::move(below));
  }

  static std::map<std::string_view, Fields> by_key(const Fields& fields) {
    std::map<std::string_view, Fields> out;
    for (const SelectionNode* field : fields) out[field->response_key()].push_back(field);
    return out;
  }

  void check_set(const Fields& fields) {
    check_shape(fields);
    check_same(fields);
  }

  void check_shape(const Fields& fields) {
    if (stop() || fields.empty() || !shapes_done_.insert(fields).second) return;
    for (const auto& [key, group] : by_key(fields)) {
      const SelectionNode& first = *group.front();
      for (const SelectionNode* other : group) {
        if (!step()) return;
        if (!same_shape(*first.definition->type, *other->definition->type))
          return conflict(first, *other, "they return conflicting types");
      }
      check_shape(collect_below(group));
    }
  }

  /// Fields of different object types never meet in one object; those of an abstract type meet all of them.
  void check_same(const Fields& fields) {
    if (stop() || fields.empty() || !same_done_.insert(fields).second) return;
    for (const auto& [key, group] : by_key(fields)) {
      std::map<const NamedType*, Fields> by_parent;
      Fields abstract;
      for (const SelectionNode* field : group) {
        if (field->parent->abstract())
          abstract.push_back(field);
        else
          by_parent[field->parent].push_back(field);
      }
      if (by_parent.empty())
        check_identical(std::move(abstract));
      else
        for (auto& [parent, together] : by_parent) {
          together.insert(together.end(), abstract.begin(), abstract.end());
          check_identical(std::move(together));
        }
    }
  }

  void check_identical(Fields fields) {
    const SelectionNode& first = *fields.front();
    for (const SelectionNode* other : fields) {
      if (!step()) return;
      if (first.name != other->name) return conflict(first, *other, "they are different fields");
      if (!same_arguments(first, *other)) return conflict(first, *other, "they have differing arguments");
    }
    check_same(collect_below(fields));
  }

  static bool same_shape(const Type& a, const Type& b) {
    if (a.kind != b.kind) return false;
    if (a.kind != Type::Kind::kNamed) return same_shape(*a.of, *b.of);
    return a.named == b.named || (a.named->composite() && b.named->composite());
  }

  static bool same_arguments(const SelectionNode& a, const SelectionNode& b) {
    if (&a == &b) return true;
    if (a.arguments.size() != b.arguments.size()) return false;
    return std::ranges::all_of(a.arguments, [&](const ArgumentNode& argument) {
      auto twin = std::ranges::find(b.arguments, argument.name, &ArgumentNode::name);
      return twin != b.arguments.end() && same_value(argument.value, twin->value);
    });
  }

  static bool same_value(const ValueNode& a, const ValueNode& b) {
    if (a.kind != b.kind || a.items.size() != b.items.size() || a.fields.size() != b.fields.size()) return false;
    if (a.kind == ValueNode::Kind::kString) return a.string == b.string;
    for (size_t i = 0; i < a.items.size(); ++i)
      if (!same_value(a.items[i], b.items[i])) return false;
    for (const ObjectFieldNode& field : a.fields) {
      auto twin = std::ranges::find(b.fields, field.name, &ObjectFieldNode::name);
      if (twin == b.fields.end() || !same_value(field.value, twin->value)) return false;
    }
    bool scalar = a.kind != ValueNode::Kind::kList && a.kind != ValueNode::Kind::kObject;
    return !scalar || a.text == b.text;
  }

  void conflict(const SelectionNode& a, const SelectionNode& b, std::string_view why) {
    errors_.push_back(
        {std::string(kValidationFailed),
         fmt::format("Fields \"{}\" conflict because {} (\"{}\" and \"{}\"). Use different aliases on the "
                     "fields to fetch both if this was intentional.",
                     a.response_key(), why, a.name, b.name),
         {locate(document_.source, a.offset), locate(document_.source, b.offset)}});
  }

  const Document& document_;
  size_t steps_left_;
  GraphErrors errors_;
  std::set<Fields> shapes_done_;
  std::set<Fields> same_done_;
};

}  // namespace

GraphErrors check_overlaps(const Document& document, size_t steps_max) {
  return OverlapCheck(document, steps_max).run();
}

}  // namespace gamekeeper::graphql
