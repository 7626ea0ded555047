#include "insight/analytics/graphql/introspection.h"

#include "insight/analytics/graphql/resolve_info.h"

namespace gamekeeper::graphql {
namespace {

constexpr std::string_view kSdl = R"sdl(
"The `Int` scalar type represents non-fractional signed whole numeric values between -(2^31) and 2^31 - 1."
scalar Int
"The `Float` scalar type represents signed double-precision fractional values as specified by IEEE 754."
scalar Float
"The `String` scalar type represents textual data, represented as UTF-8 character sequences."
scalar String
"The `Boolean` scalar type represents `true` or `false`."
scalar Boolean
"The `ID` scalar type represents a unique identifier. It is serialized as a String and accepts strings and integers."
scalar ID

"Directs the executor to include this field or fragment only when the `if` argument is true."
directive @include("Included when true." if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
"Directs the executor to skip this field or fragment when the `if` argument is true."
directive @skip("Skipped when true." if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
"Marks an element of a GraphQL schema as no longer supported."
directive @deprecated("Why, and what to use instead." reason: String = "No longer supported")
  on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
"Exposes a URL that specifies the behavior of this scalar."
directive @specifiedBy("The URL that specifies the behavior of this scalar." url: String!) on SCALAR

type __Meta { __typename: String! __schema: __Schema! __type(name: String!): __Type }

"What a server can do: its types, directives and the entry points of its operations."
type __Schema {
  description: String
  "A list of all types supported by this server."
  types: [__Type!]!
  "The type that query operations will be rooted at."
  queryType: __Type!
  "If this server supports mutation, the type that mutation operations will be rooted at."
  mutationType: __Type
  "If this server supports subscription, the type that subscription operations will be rooted at."
  subscriptionType: __Type
  "A list of all directives supported by this server."
  directives: [__Directive!]!
}
"The fundamental unit of any GraphQL schema is the type; `kind` says which of the fields below apply."
type __Type {
  kind: __TypeKind!
  name: String
  description: String
  specifiedByURL: String
  fields(includeDeprecated: Boolean = false): [__Field!]
  interfaces: [__Type!]
  possibleTypes: [__Type!]
  enumValues(includeDeprecated: Boolean = false): [__EnumValue!]
  inputFields(includeDeprecated: Boolean = false): [__InputValue!]
  ofType: __Type
}
"A field of an object or interface: its name, its arguments and the type that it returns."
type __Field {
  name: String!
  description: String
  args(includeDeprecated: Boolean = false): [__InputValue!]!
  type: __Type!
  isDeprecated: Boolean!
  deprecationReason: String
}
"An argument of a field or directive, or a field of an input object."
type __InputValue {
  name: String!
  description: String
  type: __Type!
  "A GraphQL-formatted string representing the default value for this input value."
  defaultValue: String
  isDeprecated: Boolean!
  deprecationReason: String
}
"One possible value of an enum."
type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
"A directive describes alternate runtime execution and type validation behavior."
type __Directive {
  name: String!
  description: String
  isRepeatable: Boolean!
  locations: [__DirectiveLocation!]!
  args(includeDeprecated: Boolean = false): [__InputValue!]!
}
"Which kind of type a given `__Type` is."
enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }
"A place in a document or schema where a directive may stand."
enum __DirectiveLocation {
  QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION
  SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT
  INPUT_FIELD_DEFINITION
}
)sdl";

Value text(const std::string& value) { return value.empty() ? Value() : Value(value); }
Value optional_text(const std::optional<std::string>& value) { return value ? Value(*value) : Value(); }
Value type_ref(const NamedType* type) { return type ? Value::ref(&type->use) : Value(); }

Value type_refs(const std::vector<const NamedType*>& types) {
  List out;
  for (const NamedType* type : types) out.push_back(type_ref(type));
  return Value::list(std::move(out));
}

/// References to those members that are not deprecated, or to all of them when the caller asks.
template <class Range>
Value members(const ResolveInfo& info, const Range& range) {
  const bool* all = info.argument("includeDeprecated").as_bool();
  List out;
  for (const auto& member : range)
    if (!member.deprecated || (all && *all)) out.push_back(Value::ref(&member));
  return Value::list(std::move(out));
}

std::string_view kind_name(const Type& type) {
  if (type.kind == Type::Kind::kList) return "LIST";
  if (type.kind == Type::Kind::kNonNull) return "NON_NULL";
  switch (type.named->kind) {
    case TypeKind::kScalar:
      return "SCALAR";
    case TypeKind::kObject:
      return "OBJECT";
    case TypeKind::kInterface:
      return "INTERFACE";
    case TypeKind::kUnion:
      return "UNION";
    case TypeKind::kEnum:
      return "ENUM";
    case TypeKind::kInputObject:
      return "INPUT_OBJECT";
  }
  return "SCALAR";
}

/// Binds a function of (the parent as a T, info).
template <class T, class F>
void bind(SchemaBuilder& builder, std::string field, F function) {
  builder.resolve_sync(std::move(field), [function](const ResolveInfo& info) -> Result<Value> {
    return function(*info.parent.as<T>(), info);
  });
}

/// Binds a function of (the parent as a named type, info); null for lists and non-nulls.
template <class F>
void bind_named(SchemaBuilder& builder, std::string field, F function) {
  bind<Type>(builder, std::move(field), [function](const Type& type, const ResolveInfo& info) -> Value {
    return type.kind == Type::Kind::kNamed ? function(*type.named, info) : Value();
  });
}

void bind_type(SchemaBuilder& builder) {
  bind<Type>(builder, "__Type.kind", [](const Type& t, auto&) { return Value::enum_name(std::string(kind_name(t))); });
  bind<Type>(builder, "__Type.ofType", [](const Type& t, auto&) { return t.of ? Value::ref(t.of) : Value(); });
  bind_named(builder, "__Type.name", [](const NamedType& t, auto&) { return Value(t.name); });
  bind_named(builder, "__Type.description", [](const NamedType& t, auto&) { return text(t.description); });
  bind_named(builder, "__Type.specifiedByURL", [](const NamedType& t, auto&) { return text(t.specified_by_url); });
  bind_named(builder, "__Type.fields", [](const NamedType& t, const ResolveInfo& info) {
    bool has = t.kind == TypeKind::kObject || t.kind == TypeKind::kInterface;
    return has ? members(info, t.fields) : Value();
  });
  bind_named(builder, "__Type.interfaces", [](const NamedType& t, auto&) {
    bool has = t.kind == TypeKind::kObject || t.kind == TypeKind::kInterface;
    return has ? type_refs(t.interfaces) : Value();
  });
  bind_named(builder, "__Type.possibleTypes",
             [](const NamedType& t, auto&) { return t.abstract() ? type_refs(t.possible) : Value(); });
  bind_named(builder, "__Type.enumValues", [](const NamedType& t, const ResolveInfo& info) {
    return t.kind == TypeKind::kEnum ? members(info, t.values) : Value();
  });
  bind_named(builder, "__Type.inputFields", [](const NamedType& t, const ResolveInfo& info) {
    return t.kind == TypeKind::kInputObject ? members(info, t.inputs) : Value();
  });
}

/// What fields, arguments, enum values and directives have in common.
template <class T>
void bind_described(SchemaBuilder& builder, const std::string& type) {
  bind<T>(builder, type + ".name", [](const T& it, auto&) { return Value(it.name); });
  bind<T>(builder, type + ".description", [](const T& it, auto&) { return text(it.description); });
}

template <class T>
void bind_deprecable(SchemaBuilder& builder, const std::string& type) {
  bind_described<T>(builder, type);
  bind<T>(builder, type + ".isDeprecated", [](const T& it, auto&) { return Value(it.deprecated.has_value()); });
  bind<T>(builder, type + ".deprecationReason", [](const T& it, auto&) { return optional_text(it.deprecated); });
}

void bind_schema(SchemaBuilder& builder) {
  builder.resolve_sync("__Meta.__schema",
                       [](const ResolveInfo& info) -> Result<Value> { return Value::ref(&info.schema); });
  builder.resolve_sync("__Meta.__type", [](const ResolveInfo& info) -> Result<Value> {
    return type_ref(info.schema.type(*info.argument("name").as_string()));
  });
  bind<Schema>(builder, "__Schema.description", [](const Schema& s, auto&) { return text(s.description()); });
  bind<Schema>(builder, "__Schema.types", [](const Schema& s, auto&) { return type_refs(s.types()); });
  bind<Schema>(builder, "__Schema.queryType", [](const Schema& s, auto&) { return type_ref(s.query()); });
  bind<Schema>(builder, "__Schema.mutationType", [](const Schema& s, auto&) { return type_ref(s.mutation()); });
  bind<Schema>(builder, "__Schema.subscriptionType", [](const Schema& s, auto&) { return type_ref(s.subscription()); });
  bind<Schema>(builder, "__Schema.directives", [](const Schema& s, auto&) {
    List out;
    for (const DirectiveDef& directive : s.directives()) out.push_back(Value::ref(&directive));
    return Value::list(std::move(out));
  });
}

}  // namespace

std::string_view introspection_sdl() { return kSdl; }

void bind_introspection(SchemaBuilder& builder) {
  bind_schema(builder);
  bind_type(builder);
  bind_deprecable<FieldDef>(builder, "__Field");
  bind<FieldDef>(builder, "__Field.type", [](const FieldDef& f, auto&) { return Value::ref(f.type); });
  bind<FieldDef>(builder, "__Field.args",
                 [](const FieldDef& f, const ResolveInfo& info) { return members(info, f.arguments); });
  bind_deprecable<InputDef>(builder, "__InputValue");
  bind<InputDef>(builder, "__InputValue.type", [](const InputDef& i, auto&) { return Value::ref(i.type); });
  bind<InputDef>(builder, "__InputValue.defaultValue", [](const InputDef& i, auto&) { return text(i.default_text); });
  bind_deprecable<EnumValueDef>(builder, "__EnumValue");
  bind_described<DirectiveDef>(builder, "__Directive");
  bind<DirectiveDef>(builder, "__Directive.isRepeatable",
                     [](const DirectiveDef& d, auto&) { return Value(d.repeatable); });
  bind<DirectiveDef>(builder, "__Directive.locations", [](const DirectiveDef& d, auto&) {
    List out;
    for (const std::string& location : d.locations) out.push_back(Value::enum_name(location));
    return Value::list(std::move(out));
  });
  bind<DirectiveDef>(builder, "__Directive.args",
                     [](const DirectiveDef& d, const ResolveInfo& info) { return members(info, d.arguments); });
}

}  // namespace gamekeeper::graphql
