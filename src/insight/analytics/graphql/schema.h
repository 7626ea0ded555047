#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "insight/analytics/graphql/type.h"

namespace gamekeeper::graphql {

struct SchemaDocument;
struct TypeNode;
struct InputValueNode;

/// Types, directives and what is bound to them. Made by SchemaBuilder, then constant and safe from any thread
/// (as far as its resolvers are).
class Schema {
 public:
  const NamedType* type(std::string_view name) const;
  const DirectiveDef* directive(std::string_view name) const;
  const NamedType* query() const { return query_; }
  const NamedType* mutation() const { return mutation_; }
  const NamedType* subscription() const { return subscription_; }
  const std::string& description() const { return description_; }
  const std::vector<const NamedType*>& types() const { return listed_; }
  const std::vector<DirectiveDef>& directives() const { return directives_; }

  /// A field by name, with __typename on every composite type, and __schema and __type on the query type.
  const FieldDef* field(const NamedType& parent, std::string_view name) const;

  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

 private:
  friend class SchemaBuilder;
  friend class SchemaLinker;
  Schema() = default;

  std::deque<NamedType> all_types_;
  std::deque<Type> wrappers_;
  std::unordered_map<std::string_view, NamedType*> by_name_;
  std::vector<const NamedType*> listed_;  // all but the one of the meta fields
  std::vector<DirectiveDef> directives_;
  const NamedType* query_ = nullptr;
  const NamedType* mutation_ = nullptr;
  const NamedType* subscription_ = nullptr;
  const NamedType* meta_ = nullptr;
  std::string description_;
};

/// Collects SDL and bindings; build() links and checks them.
///
///   auto schema = SchemaBuilder("type Query { hello(name: String = \"you\"): String! }")
///                     .resolve_sync("Query.hello", [](const ResolveInfo& info) -> Result<Value> {
///                       return Value("Hello, " + *info.argument("name").as_string());
///                     })
///                     .build();
class SchemaBuilder {
 public:
  explicit SchemaBuilder(std::string sdl) : sdl_(std::move(sdl)) {}

  SchemaBuilder& resolve(std::string field, Resolver resolver);
  SchemaBuilder& resolve_sync(std::string field, SyncResolver resolver);
  SchemaBuilder& source(std::string field, EventSource source);
  SchemaBuilder& cost(std::string field, FieldCost cost);
  SchemaBuilder& scalar(std::string type, ScalarFunctions functions);
  SchemaBuilder& resolve_type(std::string type, std::function<std::string(const Value&)> function);

  /// Errors, kInvalid with code `bad_schema`: a syntax error, an unknown type or binding, a type in the wrong
  /// place, a default value of the wrong type, an interface not implemented.
  Result<std::shared_ptr<const Schema>> build() const;

 private:
  friend class SchemaLinker;
  std::string sdl_;
  std::map<std::string, Resolver> resolvers_;
  std::map<std::string, SyncResolver> sync_resolvers_;
  std::map<std::string, EventSource> sources_;
  std::map<std::string, FieldCost> costs_;
  std::map<std::string, ScalarFunctions> scalars_;
  std::map<std::string, std::function<std::string(const Value&)>> type_resolvers_;
};

}  // namespace gamekeeper::graphql
