#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "insight/analytics/graphql/coerce.h"
#include "insight/analytics/graphql/resolve_info.h"

namespace gamekeeper::graphql {

struct Plan;

/// One entry of an object of the answer: CollectFields() and CoerceArgumentValues(), done once an execution
/// and not once an object.
struct PlannedField {
  std::string_view key;
  std::string json_key;  // "key":
  const FieldDef* definition = nullptr;
  std::vector<const SelectionNode*> nodes;
  Coerced arguments;
  bool typename_field = false;
  bool awaits = false;  // it, or something below it, may have an asynchronous resolver
  std::vector<std::pair<const NamedType*, std::unique_ptr<Plan>>> below;  // by the object's type
  size_t position = 0;  // where the last parent had the property

  bool resolved() const { return definition->resolver || definition->sync_resolver; }
};

struct Plan {
  const NamedType* type = nullptr;
  std::vector<PlannedField> fields;
  bool awaits = false;
  bool properties_only = true;  // no field has a resolver
};

/// Makes plans for one execution.
class Planner {
 public:
  Planner(const Schema& schema, const Variables& variables) : schema_(schema), variables_(variables) {}

  std::unique_ptr<Plan> plan(const NamedType& type, const Selections& selections) const;
  /// The plan of what stands below `field` where its value is a `type`; made on first use.
  Plan& below(PlannedField& field, const NamedType& type) const;

 private:
  void collect(Plan& plan, const Selections& selections, std::vector<const FragmentNode*>& seen) const;
  void add(Plan& plan, const SelectionNode& node) const;
  void finish(Plan& plan) const;
  bool included(const SelectionNode& node) const;

  const Schema& schema_;
  const Variables& variables_;
};

}  // namespace gamekeeper::graphql
