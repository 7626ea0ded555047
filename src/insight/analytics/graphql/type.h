#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "insight/analytics/graphql/error.h"
#include "insight/analytics/graphql/value.h"

namespace gamekeeper::graphql {

struct NamedType;
struct ResolveInfo;
struct SelectionNode;

enum class TypeKind : uint8_t { kScalar, kObject, kInterface, kUnion, kEnum, kInputObject };

/// A use of a type: a name, or a list or non-null wrapper around another use. Lives as long as its schema.
struct Type {
  enum class Kind : uint8_t { kNamed, kList, kNonNull };
  Kind kind = Kind::kNamed;
  const NamedType* named = nullptr;  // the innermost type, whatever wraps it
  const Type* of = nullptr;

  bool non_null() const { return kind == Kind::kNonNull; }
  const Type& nullable() const { return non_null() ? *of : *this; }
};

std::string to_string(const Type& type);
bool same_type(const Type& a, const Type& b);

/// An argument or an input object's field.
struct InputDef {
  std::string name;
  std::string description;
  const Type* type = nullptr;
  std::optional<Value> default_value;
  std::string default_text;  // as SDL, for introspection
  std::optional<std::string> deprecated;

  bool required() const { return type->non_null() && !default_value; }
};

using Resolver = std::function<Task<Result<Value>>(const ResolveInfo&)>;
using SyncResolver = std::function<Result<Value>(const ResolveInfo&)>;

/// What a subscription's source hands out. next() waits for the next event's value; nullopt ends the stream.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual Task<Result<std::optional<Value>>> next() = 0;
};

using EventSource = std::function<Task<Result<std::unique_ptr<EventStream>>>(const ResolveInfo&)>;

/// How much a field weighs: weight + multiplier * cost of its selections. The multiplier is the largest of
/// the named arguments (an integer's value, a list's length), or `multiplier_default` where the caller gave
/// none of them.
struct FieldCost {
  double weight = 1;
  std::vector<std::string> multiplier_arguments = {};
  double multiplier_default = 1;
};

struct FieldDef {
  std::string name;
  std::string description;
  const NamedType* parent = nullptr;
  const Type* type = nullptr;
  std::vector<InputDef> arguments;
  std::optional<std::string> deprecated;
  FieldCost cost;
  Resolver resolver;           // at most one of the two;
  SyncResolver sync_resolver;  // with neither, the parent's property of that name
  EventSource source;          // subscription root fields
  bool introspection = false;

  const InputDef* argument(std::string_view name) const;
};

struct EnumValueDef {
  std::string name;
  std::string description;
  std::optional<std::string> deprecated;
};

/// `parse` takes an input (null never comes) and says why it is wrong; `serialize` appends a value's JSON to
/// the buffer and may leave a half-written value there when it fails. Either may be empty: then the value
/// passes as it is.
struct ScalarFunctions {
  std::function<Result<Value>(const Value&)> parse;
  std::function<Result<void>(const Value&, std::string& json)> serialize;
};

struct NamedType {
  TypeKind kind = TypeKind::kScalar;
  std::string name;
  std::string description;
  std::vector<FieldDef> fields;  // objects and interfaces
  std::unordered_map<std::string_view, const FieldDef*> fields_by_name;
  std::vector<InputDef> inputs;
  std::vector<EnumValueDef> values;
  std::vector<const NamedType*> interfaces;
  std::vector<const NamedType*> possible;  // the objects that a union or interface may be; an object: itself
  ScalarFunctions scalar;
  enum class BuiltIn : uint8_t { kNo, kInt, kFloat, kString, kBoolean, kId };
  BuiltIn built_in = BuiltIn::kNo;
  std::string specified_by_url;
  std::function<std::string(const Value&)> resolve_type;  // of an abstract type; else the value's __typename
  bool may_await = false;                                 // some field below it has an asynchronous resolver
  Type use;                                               // the plain use of this type

  bool leaf() const { return kind == TypeKind::kScalar || kind == TypeKind::kEnum; }
  bool composite() const { return !leaf() && kind != TypeKind::kInputObject; }
  bool abstract() const { return kind == TypeKind::kInterface || kind == TypeKind::kUnion; }
  bool input() const { return leaf() || kind == TypeKind::kInputObject; }
  bool output() const { return kind != TypeKind::kInputObject; }
  const FieldDef* field(std::string_view name) const;
  const InputDef* input_field(std::string_view name) const;
  bool may_be(const NamedType& object) const;
};

struct DirectiveDef {
  std::string name;
  std::string description;
  std::vector<InputDef> arguments;
  std::vector<std::string> locations;
  bool repeatable = false;
};

}  // namespace gamekeeper::graphql
