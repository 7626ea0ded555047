#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "insight/analytics/graphql/executor.h"
#include "insight/analytics/graphql/json_writer.h"

namespace gamekeeper::graphql {
namespace {

const Value kNull;
constexpr size_t kLocationsMax = 4;  // of one error: each costs a walk through the source

std::string described(const FieldDef& field) { return fmt::format("{}.{}", field.parent->name, field.name); }

}  // namespace

ResolveInfo Executor::info(PlannedField& field, const Value& parent, const Path& path) const {
  return {execution_.schema, *field.definition, parent, *field.arguments, path, execution_.context, field.nodes};
}

void Executor::add_error(const PlannedField& field, const Path& path, GraphError error) {
  if (errors_.size() >= execution_.errors_max) return;
  for (const SelectionNode* node : std::span(field.nodes).first(std::min(field.nodes.size(), kLocationsMax)))
    error.locations.push_back(locate(execution_.document.source, node->offset));
  error.path = path.segments();
  errors_.push_back(std::move(error));
}

bool Executor::fail(const PlannedField& field, const Path& path, std::string message, std::string_view code) {
  add_error(field, path, {std::string(code), std::move(message)});
  return false;
}

bool Executor::null_or_up(const Type& type) {
  if (type.non_null()) return false;
  out_ += "null";
  return true;
}

bool Executor::settle(bool ok, const Type& type, size_t mark) {
  if (ok || type.non_null()) return ok;
  out_.resize(mark);
  out_ += "null";
  return true;
}

bool Executor::arguments_fit(PlannedField& field, const Path& path) {
  return field.arguments || fail(field, path, field.arguments.error().message, kBadArgument);
}

bool Executor::write_object(Plan& plan, const Value& parent, const Path* path) {
  out_ += '{';
  bool first = true;
  for (PlannedField& field : plan.fields) {
    if (!first) out_ += ',';
    first = false;
    out_ += field.json_key;
    if (!write_field(field, *plan.type, parent, Path{path, field.key})) return false;
  }
  out_ += '}';
  return true;
}

bool Executor::write_field(PlannedField& field, const NamedType& type, const Value& parent, const Path& path) {
  if (field.typename_field) {
    append_json_string(out_, type.name);
    return true;
  }
  const FieldDef& definition = *field.definition;
  if (!arguments_fit(field, path)) return null_or_up(*definition.type);
  if (!definition.sync_resolver) return complete(*definition.type, field, property(field, parent), path);
  return write_resolved(field, resolve_sync(field, parent, path), path);
}

Executor::Resolved Executor::resolve_sync(PlannedField& field, const Value& parent, const Path& path) const {
  try {
    return field.definition->sync_resolver(info(field, parent, path));
  } catch (const std::exception&) {
    return gamekeeper::fail(ErrorKind::kInternal, std::string(kInternalCode), "Internal error.");
  }
}

bool Executor::write_resolved(PlannedField& field, const Resolved& value, const Path& path) {
  if (value) return complete(*field.definition->type, field, *value, path);
  const Error error = without_internals(value.error());
  std::string code = error.code.empty() ? std::string(kInternalCode) : error.code;
  add_error(field, path,
            {.code = std::move(code),
             .message = error.message,
             .field = error.field,
             .limit = error.limit,
             .retry_after = error.retry_after});
  return null_or_up(*field.definition->type);
}

const Value& Executor::property(PlannedField& field, const Value& parent) const {
  const Object* members = parent.as_object();
  if (!members) return kNull;
  const std::string& name = field.definition->name;
  if (field.position < members->size() && (*members)[field.position].name == name)
    return (*members)[field.position].value;
  for (size_t i = 0; i < members->size(); ++i) {
    if ((*members)[i].name != name) continue;
    field.position = i;
    return (*members)[i].value;
  }
  return kNull;
}

bool Executor::complete(const Type& type, PlannedField& field, const Value& value, const Path& path) {
  if (value.is_null()) {
    if (null_or_up(type)) return true;
    return fail(field, path, fmt::format("Cannot return null for non-nullable field {}.", described(*field.definition)),
                kInternalCode);
  }
  size_t mark = out_.size();
  return settle(complete_inner(type.nullable(), field, value, path), type, mark);
}

bool Executor::complete_inner(const Type& type, PlannedField& field, const Value& value, const Path& path) {
  if (type.kind == Type::Kind::kList) return complete_list(type, field, value, path);
  if (type.named->leaf()) {
    auto wrong = append_leaf(out_, *type.named, value);
    return !wrong || fail(field, path, std::move(*wrong), kInternalCode);
  }
  const NamedType* object = object_type(field, value, path);
  return object && write_object(planner_.below(field, *object), value, &path);
}

bool Executor::complete_list(const Type& type, PlannedField& field, const Value& value, const Path& path) {
  if (const Table* table = value.as_table()) return complete_table(*type.of, field, *table, path);
  const List* items = value.as_list();
  if (!items)
    return fail(field, path, fmt::format("Expected a list for field {}.", described(*field.definition)), kInternalCode);
  out_ += '[';
  for (size_t i = 0; i < items->size(); ++i) {
    if (i) out_ += ',';
    if (!complete(*type.of, field, (*items)[i], Path{&path, {}, static_cast<int64_t>(i)})) return false;
  }
  out_ += ']';
  return true;
}

bool Executor::complete_table(const Type& item, PlannedField& field, const Table& table, const Path& path) {
  const Type& row_type = item.nullable();
  if (row_type.kind == Type::Kind::kNamed && row_type.named->kind == TypeKind::kObject) {
    Plan& plan = planner_.below(field, *row_type.named);
    if (plan.properties_only) return write_rows(item, plan, table, path);
  }
  out_ += '[';
  for (size_t row = 0; row < table.rows(); ++row) {
    if (row) out_ += ',';
    if (!complete(item, field, row_object(table, row), Path{&path, {}, static_cast<int64_t>(row)})) return false;
  }
  out_ += ']';
  return true;
}

bool Executor::write_rows(const Type& item, Plan& plan, const Table& table, const Path& path) {
  std::vector<size_t> columns;
  for (const PlannedField& field : plan.fields) {
    size_t column = 0;
    while (column < table.columns.size() && table.columns[column] != field.definition->name) ++column;
    columns.push_back(column);
  }
  out_ += '[';
  for (size_t row = 0; row < table.rows(); ++row) {
    if (row) out_ += ',';
    size_t mark = out_.size();
    bool ok = write_row(plan, columns, table, row, Path{&path, {}, static_cast<int64_t>(row)});
    if (!settle(ok, item, mark)) return false;
  }
  out_ += ']';
  return true;
}

bool Executor::write_row(Plan& plan, const std::vector<size_t>& columns, const Table& table, size_t row,
                         const Path& path) {
  const Value* cells = table.cells.data() + row * table.columns.size();
  out_ += '{';
  for (size_t i = 0; i < plan.fields.size(); ++i) {
    PlannedField& field = plan.fields[i];
    if (i) out_ += ',';
    out_ += field.json_key;
    Path here{&path, field.key};
    const Value& cell = columns[i] < table.columns.size() ? cells[columns[i]] : kNull;
    bool ok = !field.typename_field && arguments_fit(field, here) ? complete(*field.definition->type, field, cell, here)
                                                                  : write_field(field, *plan.type, kNull, here);
    if (!ok) return false;
  }
  out_ += '}';
  return true;
}

const NamedType* Executor::object_type(PlannedField& field, const Value& value, const Path& path) {
  const NamedType& declared = *field.definition->type->named;
  if (declared.kind == TypeKind::kObject) return &declared;
  std::string name;
  const Value* property = value.find("__typename");
  if (declared.resolve_type)
    name = declared.resolve_type(value);
  else if (property && property->as_string())
    name = *property->as_string();
  const NamedType* object = execution_.schema.type(name);
  if (object && declared.may_be(*object)) return object;
  fail(field, path,
       fmt::format("Abstract type \"{}\" must resolve to an Object type at runtime for field {}, but got \"{}\".",
                   declared.name, described(*field.definition), name),
       kInternalCode);
  return nullptr;
}

}  // namespace gamekeeper::graphql
