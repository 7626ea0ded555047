#include "insight/analytics/graphql/value.h"

namespace gamekeeper::graphql {

size_t Table::rows() const { return columns.empty() ? 0 : cells.size() / columns.size(); }

Value Value::list(List items) { return list(std::make_shared<const List>(std::move(items))); }

Value Value::object(Object members) {
  return Value(Data(ObjectPtr(std::make_shared<const Object>(std::move(members)))));
}

Value Value::table(Table rows) { return table(std::make_shared<const Table>(std::move(rows))); }

const std::string* Value::as_enum() const {
  const auto* name = std::get_if<EnumName>(&data_);
  return name ? &name->name : nullptr;
}

const List* Value::as_list() const {
  const auto* items = std::get_if<ListPtr>(&data_);
  return items ? items->get() : nullptr;
}

const Object* Value::as_object() const {
  const auto* members = std::get_if<ObjectPtr>(&data_);
  return members ? members->get() : nullptr;
}

const Table* Value::as_table() const {
  const auto* rows = std::get_if<TablePtr>(&data_);
  return rows ? rows->get() : nullptr;
}

const Value* Value::find(std::string_view name) const {
  const Object* members = as_object();
  if (!members) return nullptr;
  for (const Member& member : *members)
    if (member.name == name) return &member.value;
  return nullptr;
}

bool Value::operator==(const Value& other) const {
  if (const List* items = as_list()) return other.as_list() && *items == *other.as_list();
  if (const Object* members = as_object()) return other.as_object() && *members == *other.as_object();
  return data_ == other.data_;
}

Value row_object(const Table& table, size_t row) {
  Object members;
  members.reserve(table.columns.size());
  for (size_t i = 0; i < table.columns.size(); ++i)
    members.push_back({table.columns[i], table.cells[row * table.columns.size() + i]});
  return Value::object(std::move(members));
}

}  // namespace gamekeeper::graphql
