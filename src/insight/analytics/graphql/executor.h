#pragma once

#include <optional>

#include "insight/analytics/graphql/execute.h"

namespace gamekeeper::graphql {

/// One execution, writing straight into the body. The functions that return bool answer false when a null
/// must go up to the parent; whoever can be null then cuts the body back to where it began. Each comes in two
/// forms: plain, and as a task for the parts of the plan that have asynchronous resolvers.
class Executor {
 public:
  explicit Executor(const Execution& execution)
      : execution_(execution), planner_(execution.schema, execution.variables) {}

  Task<Executed> run();
  Task<Executed> run_event(Value event);

 private:
  using Resolved = Result<Value>;

  Executed finish(bool has_data);
  std::unique_ptr<Plan> root_plan() const;

  // executor_sync.cpp
  bool write_object(Plan& plan, const Value& parent, const Path* path);
  bool write_field(PlannedField& field, const NamedType& type, const Value& parent, const Path& path);
  Resolved resolve_sync(PlannedField& field, const Value& parent, const Path& path) const;
  bool write_resolved(PlannedField& field, const Resolved& value, const Path& path);
  bool complete(const Type& type, PlannedField& field, const Value& value, const Path& path);
  bool complete_inner(const Type& type, PlannedField& field, const Value& value, const Path& path);
  bool complete_list(const Type& type, PlannedField& field, const Value& value, const Path& path);
  bool complete_table(const Type& item, PlannedField& field, const Table& table, const Path& path);
  bool write_rows(const Type& item, Plan& plan, const Table& table, const Path& path);
  bool write_row(Plan& plan, const std::vector<size_t>& columns, const Table& table, size_t row, const Path& path);
  const NamedType* object_type(PlannedField& field, const Value& value, const Path& path);
  const Value& property(PlannedField& field, const Value& parent) const;

  // executor_async.cpp
  Task<bool> write_object_async(Plan& plan, const Value& parent, const Path* path, bool serial);
  Task<bool> write_field_async(PlannedField& field, const NamedType& type, const Value& parent, const Path& path,
                               std::optional<Resolved>& fetched);
  Task<bool> complete_async(const Type& type, PlannedField& field, const Value& value, const Path& path);
  Task<bool> complete_inner_async(const Type& type, PlannedField& field, const Value& value, const Path& path);
  Task<bool> complete_list_async(const Type& type, PlannedField& field, const Value& value, const Path& path);
  Task<Resolved> resolve_async(PlannedField& field, const Value& parent, const Path& path);
  Task<void> fetch(Plan& plan, const Value& parent, const Path* path, std::vector<std::optional<Resolved>>& out);

  ResolveInfo info(PlannedField& field, const Value& parent, const Path& path) const;
  bool null_or_up(const Type& type);
  bool fail(const PlannedField& field, const Path& path, std::string message, std::string_view code);
  void add_error(const PlannedField& field, const Path& path, GraphError error);
  bool arguments_fit(PlannedField& field, const Path& path);
  /// Ends a value of `type` that began at `mark`.
  bool settle(bool ok, const Type& type, size_t mark);

  const Execution& execution_;
  Planner planner_;
  std::string out_;
  GraphErrors errors_;
};

/// Appends a leaf's JSON, or says why the value is not one of the type.
std::optional<std::string> append_leaf(std::string& out, const NamedType& type, const Value& value);

}  // namespace gamekeeper::graphql
