#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gamekeeper::graphql {

class Value;
struct Member;
using List = std::vector<Value>;
using Object = std::vector<Member>;

/// A list of objects that all have the same properties, row by row: the cheapest way to return a chart's
/// points.
struct Table {
  std::vector<std::string> columns;
  std::vector<Value> cells;  // rows() * columns.size()

  size_t rows() const;
};

/// What a resolver gets and gives. Lists, objects and tables are immutable and shared, so that a copy costs a
/// counter and a prebuilt answer can be returned again and again. `opaque` holds a C++ object that only the
/// schema's resolvers look into.
class Value {
 public:
  struct EnumName {
    std::string name;
    bool operator==(const EnumName&) const = default;
  };
  using ListPtr = std::shared_ptr<const List>;
  using ObjectPtr = std::shared_ptr<const Object>;
  using TablePtr = std::shared_ptr<const Table>;
  using OpaquePtr = std::shared_ptr<const void>;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(std::same_as<bool> auto value) : data_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Value(T value) : data_(static_cast<int64_t>(value)) {}
  Value(double value) : data_(value) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}

  static Value enum_name(std::string name) { return Value(Data(EnumName{std::move(name)})); }
  static Value list(List items);
  static Value list(ListPtr items) { return Value(Data(std::move(items))); }
  static Value object(Object members);
  static Value table(Table rows);
  static Value table(TablePtr rows) { return Value(Data(std::move(rows))); }
  static Value opaque(OpaquePtr pointer) { return Value(Data(std::move(pointer))); }
  /// Like opaque(), of something that outlives every use.
  static Value ref(const void* pointer) { return opaque(OpaquePtr(OpaquePtr(), pointer)); }

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  const bool* as_bool() const { return std::get_if<bool>(&data_); }
  const int64_t* as_int() const { return std::get_if<int64_t>(&data_); }
  const double* as_double() const { return std::get_if<double>(&data_); }
  const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  const std::string* as_enum() const;
  const List* as_list() const;
  const Object* as_object() const;
  const Table* as_table() const;

  /// The C++ object behind opaque() or ref(); null when it is something else. The type is the schema author's
  /// word.
  template <class T>
  const T* as() const {
    const auto* pointer = std::get_if<OpaquePtr>(&data_);
    return pointer ? static_cast<const T*>(pointer->get()) : nullptr;
  }

  /// The property of an object, or null.
  const Value* find(std::string_view name) const;

  bool operator==(const Value& other) const;

 private:
  using Data = std::variant<std::monostate, bool, int64_t, double, std::string, EnumName, ListPtr, ObjectPtr, TablePtr,
                            OpaquePtr>;
  explicit Value(Data data) : data_(std::move(data)) {}

  Data data_;
};

struct Member {
  std::string name;
  Value value;

  bool operator==(const Member&) const = default;
};

/// One row of a table as an object.
Value row_object(const Table& table, size_t row);

}  // namespace gamekeeper::graphql
