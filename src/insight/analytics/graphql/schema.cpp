#include "insight/analytics/graphql/schema.h"

#include <algorithm>

#include "insight/analytics/graphql/introspection.h"
#include "insight/analytics/graphql/parser.h"
#include "insight/analytics/graphql/schema_linker.h"

namespace gamekeeper::graphql {

std::string to_string(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kList:
      return "[" + to_string(*type.of) + "]";
    case Type::Kind::kNonNull:
      return to_string(*type.of) + "!";
    default:
      return type.named->name;
  }
}

bool same_type(const Type& a, const Type& b) {
  if (a.kind != b.kind) return false;
  return a.kind == Type::Kind::kNamed ? a.named == b.named : same_type(*a.of, *b.of);
}

const InputDef* FieldDef::argument(std::string_view wanted) const {
  auto found = std::ranges::find(arguments, wanted, &InputDef::name);
  return found == arguments.end() ? nullptr : &*found;
}

const FieldDef* NamedType::field(std::string_view wanted) const {
  auto found = fields_by_name.find(wanted);
  return found == fields_by_name.end() ? nullptr : found->second;
}

const InputDef* NamedType::input_field(std::string_view wanted) const {
  auto found = std::ranges::find(inputs, wanted, &InputDef::name);
  return found == inputs.end() ? nullptr : &*found;
}

bool NamedType::may_be(const NamedType& object) const { return std::ranges::find(possible, &object) != possible.end(); }

const NamedType* Schema::type(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() || found->second == meta_ ? nullptr : found->second;
}

const DirectiveDef* Schema::directive(std::string_view name) const {
  auto found = std::ranges::find(directives_, name, &DirectiveDef::name);
  return found == directives_.end() ? nullptr : &*found;
}

const FieldDef* Schema::field(const NamedType& parent, std::string_view name) const {
  if (!name.starts_with("__")) return parent.field(name);
  if (name == "__typename") return parent.composite() ? meta_->field(name) : nullptr;
  return &parent == query_ ? meta_->field(name) : nullptr;
}

SchemaBuilder& SchemaBuilder::resolve(std::string field, Resolver resolver) {
  resolvers_[std::move(field)] = std::move(resolver);
  return *this;
}

SchemaBuilder& SchemaBuilder::resolve_sync(std::string field, SyncResolver resolver) {
  sync_resolvers_[std::move(field)] = std::move(resolver);
  return *this;
}

SchemaBuilder& SchemaBuilder::source(std::string field, EventSource source) {
  sources_[std::move(field)] = std::move(source);
  return *this;
}

SchemaBuilder& SchemaBuilder::cost(std::string field, FieldCost cost) {
  costs_[std::move(field)] = std::move(cost);
  return *this;
}

SchemaBuilder& SchemaBuilder::scalar(std::string type, ScalarFunctions functions) {
  scalars_[std::move(type)] = std::move(functions);
  return *this;
}

SchemaBuilder& SchemaBuilder::resolve_type(std::string type, std::function<std::string(const Value&)> function) {
  type_resolvers_[std::move(type)] = std::move(function);
  return *this;
}

Result<std::shared_ptr<const Schema>> SchemaBuilder::build() const {
  auto bad = [](const GraphError& error) {
    std::string where;
    if (!error.locations.empty())
      where = " (line " + std::to_string(error.locations[0].line) + ", column " +
              std::to_string(error.locations[0].column) + ")";
    return gamekeeper::fail(ErrorKind::kInvalid, "bad_schema", error.message + where);
  };
  auto document = parse_schema(sdl_);
  if (!document) return bad(document.error());
  auto own = parse_schema(introspection_sdl());
  if (!own) return bad(own.error());

  std::shared_ptr<Schema> schema(new Schema());
  SchemaLinker linker(*schema, *this);
  auto linked = linker.link(*document, *own);
  if (!linked) return std::unexpected(linked.error());
  return schema;
}

}  // namespace gamekeeper::graphql
