#include "insight/analytics/graphql/introspection.h"

#include <algorithm>

#include "insight/analytics/graphql/test_schema.h"

namespace gamekeeper::graphql {
namespace {

namespace json = boost::json;

// getIntrospectionQuery() of graphql-js 16, as GraphiQL sends it.
constexpr std::string_view kStandardQuery = R"(
query IntrospectionQuery {
  __schema {
    description
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types { ...FullType }
    directives {
      name
      description
      isRepeatable
      locations
      args(includeDeprecated: true) { ...InputValue }
    }
  }
}
fragment FullType on __Type {
  kind
  name
  description
  specifiedByURL
  fields(includeDeprecated: true) {
    name
    description
    args(includeDeprecated: true) { ...InputValue }
    type { ...TypeRef }
    isDeprecated
    deprecationReason
  }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
  name
  description
  type { ...TypeRef }
  defaultValue
  isDeprecated
  deprecationReason
}
fragment TypeRef on __Type {
  kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
    kind name ofType { kind name ofType { kind name } } } } } } } } }
}
)";

const Engine& introspected() {
  static const Engine it(testing::build(SchemaBuilder(std::string(testing::kPetSdl))));
  return it;
}

json::object data_of(std::string query) {
  Response response = testing::ask(introspected(), std::move(query));
  EXPECT_EQ(response.kind, Response::Kind::kComplete) << response.body;
  return json::parse(response.body).at("data").as_object();
}

const json::object& named(const json::value& list, std::string_view name) {
  const auto& items = list.as_array();
  auto found =
      std::ranges::find_if(items, [&](const json::value& item) { return item.at("name").as_string() == name; });
  EXPECT_NE(found, items.end()) << name;
  return found->as_object();
}

TEST(Introspection, AnswersTheStandardQuery) {
  json::object data = data_of(std::string(kStandardQuery));
  const json::object& schema = data["__schema"].as_object();
  EXPECT_EQ(schema.at("queryType").at("name"), "Query");
  EXPECT_EQ(schema.at("mutationType").at("name"), "Mutation");
  EXPECT_EQ(schema.at("subscriptionType").at("name"), "Subscription");
  const json::value& types = schema.at("types");
  for (std::string_view name : {"Query", "Int", "Float", "String", "Boolean", "ID", "__Schema", "__Type", "__TypeKind",
                                "__Field", "__InputValue", "__EnumValue", "__Directive", "__DirectiveLocation"})
    named(types, name);
  EXPECT_TRUE(std::ranges::none_of(types.as_array(), [](const json::value& t) { return t.at("name") == "__Meta"; }));

  const json::object& human = named(types, "Human");
  EXPECT_EQ(human.at("kind"), "OBJECT");
  EXPECT_EQ(human.at("interfaces").at(0).at("name"), "Sentient");
  EXPECT_TRUE(human.at("possibleTypes").is_null());
  EXPECT_TRUE(human.at("enumValues").is_null());
  const json::object& pets = named(human.at("fields"), "pets");
  EXPECT_EQ(json::serialize(pets.at("type").at("ofType").at("ofType").at("name")), "\"Pet\"");

  EXPECT_EQ(named(types, "CatOrDog").at("possibleTypes").as_array().size(), 2u);
  EXPECT_TRUE(named(types, "CatOrDog").at("fields").is_null());
  EXPECT_EQ(named(types, "Pet").at("kind"), "INTERFACE");
  EXPECT_EQ(named(types, "DogCommand").at("enumValues").as_array().size(), 3u);
  EXPECT_EQ(named(types, "DateTime").at("specifiedByURL"), "https://scalars.graphql.org/andimarek/date-time");
  const json::object& input = named(types, "Everything");
  EXPECT_EQ(input.at("kind"), "INPUT_OBJECT");
  EXPECT_EQ(named(input.at("inputFields"), "int").at("defaultValue"), "3");
  EXPECT_TRUE(named(input.at("inputFields"), "text").at("defaultValue").is_null());
  const json::object& old = named(named(types, "Query").at("fields"), "old");
  EXPECT_EQ(old.at("isDeprecated"), true);
  EXPECT_EQ(old.at("deprecationReason"), "use number");
  EXPECT_EQ(old.at("args").at(0).at("deprecationReason"), "unused");

  const json::value& directives = schema.at("directives");
  EXPECT_EQ(directives.as_array().size(), 4u);
  EXPECT_EQ(json::serialize(named(directives, "skip").at("locations")),
            R"(["FIELD","FRAGMENT_SPREAD","INLINE_FRAGMENT"])");
  EXPECT_EQ(named(directives, "deprecated").at("args").at(0).at("defaultValue"), "\"No longer supported\"");
}

TEST(Introspection, FindsTypesByName) {
  EXPECT_EQ(json::serialize(data_of("{ __type(name: \"Dog\") { __typename kind name ofType { name } } }")),
            R"({"__type":{"__typename":"__Type","kind":"OBJECT","name":"Dog","ofType":null}})");
  EXPECT_EQ(json::serialize(data_of("{ __type(name: \"Nothing\") { name } }")), R"({"__type":null})");
  EXPECT_EQ(json::serialize(data_of("{ __type(name: \"__Meta\") { name } }")), R"({"__type":null})");
}

TEST(Introspection, HidesWhatIsDeprecatedUnlessAsked) {
  auto fields = [](std::string_view arguments) {
    return data_of(fmt::format("{{ __type(name: \"Query\") {{ fields{} {{ name }} }} }}", arguments))["__type"]
        .at("fields")
        .as_array()
        .size();
  };
  EXPECT_EQ(fields("(includeDeprecated: true)"), fields("") + 1);
}

TEST(Introspection, TypenameEverywhere) {
  EXPECT_EQ(json::serialize(data_of("{ __typename again: __typename }")), R"({"__typename":"Query","again":"Query"})");
}

}  // namespace
}  // namespace gamekeeper::graphql
