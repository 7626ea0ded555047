#include "insight/analytics/graphql/schema.h"

#include "insight/analytics/graphql/test_schema.h"

namespace gamekeeper::graphql {
namespace {

std::string sdl_problem(std::string sdl) {
  auto schema = SchemaBuilder(std::move(sdl)).build();
  return schema ? "" : schema.error().message;
}

TEST(Schema, LinksTheSpecificationsExample) {
  auto schema = testing::build(SchemaBuilder(std::string(testing::kPetSdl)));
  EXPECT_EQ(schema->query()->name, "Query");
  EXPECT_EQ(to_string(*schema->type("Human")->field("pets")->type), "[Pet!]");
  EXPECT_EQ(schema->type("Pet")->possible.size(), 2u);
  EXPECT_EQ(schema->type("Everything")->input_field("int")->default_value->as_int()[0], 3);
  EXPECT_NE(schema->directive("skip"), nullptr);
  EXPECT_EQ(schema->type("__Meta"), nullptr);
  EXPECT_NE(schema->field(*schema->query(), "__schema"), nullptr);
  EXPECT_EQ(schema->field(*schema->type("Dog"), "__schema"), nullptr);
}

TEST(Schema, RefusesWhatCannotWork) {
  EXPECT_EQ(sdl_problem("type A { a: Int }"), "The schema has no query type.");
  EXPECT_EQ(sdl_problem("type Query { a: Missing }"), "Query.a has the unknown type Missing.");
  EXPECT_EQ(sdl_problem("type Query { a: I } input I { b: Int }"), "Query.a has an input type.");
  EXPECT_EQ(sdl_problem("type Query { a(b: Query): Int }"), "Query.a.b has an output type.");
  EXPECT_EQ(sdl_problem("type Query { a: Int } type Query { b: Int }"), "The type Query is defined twice.");
  EXPECT_EQ(sdl_problem("type Query { a: Int a: Int }"), "Query defines a name twice.");
  EXPECT_EQ(sdl_problem("type Query { a: Int } type Empty"), "The type Empty is empty.");
  EXPECT_EQ(sdl_problem("type Query { a(b: Int = \"x\"): Int }"),
            "The default of Query.a.b: Int cannot represent non-integer value: \"x\"");
  EXPECT_EQ(sdl_problem("type Query { __a: Int }"), "The name Query.__a is reserved.");
  EXPECT_EQ(sdl_problem("type __Query { a: Int }"), "The name __Query is reserved.");
  EXPECT_EQ(sdl_problem("type Query { a: Int } input I { i: I! }"), "The input type I needs itself.");
  EXPECT_EQ(sdl_problem("type Query { a: Int } input I { i: [I!]! }"), "");
  EXPECT_EQ(sdl_problem("type Query { a: "), "Expected Name, found <EOF>. (line 1, column 17)");
  EXPECT_EQ(sdl_problem("type Query implements N { a: Int } interface N { a: String }"),
            "Query does not have the field a: String of its interface N.");
  EXPECT_EQ(sdl_problem("type Query implements N { a: Int! } interface N { a: Int }"), "");
  EXPECT_EQ(sdl_problem("type Query implements N { a(x: Int!): Int } interface N { a: Int }"),
            "Query.a requires the argument x, which its interface N does not have.");
  EXPECT_EQ(sdl_problem("type Query { a: U } union U = Int"), "The union U lists Int, which is not an object type.");
}

TEST(Schema, RefusesBindingsThatMatchNothing) {
  auto nothing = [](const ResolveInfo&) -> Result<Value> { return Value(); };
  EXPECT_FALSE(SchemaBuilder("type Query { a: Int }").resolve_sync("Query.b", nothing).build());
  EXPECT_FALSE(SchemaBuilder("type Query { a: Int }").resolve_sync("Query", nothing).build());
  EXPECT_FALSE(SchemaBuilder("type Query { a: Int }").scalar("Date", {}).build());
  EXPECT_FALSE(SchemaBuilder("type Query { a: Int }").cost("Query.a", {1, {"limit"}}).build());
  EXPECT_FALSE(SchemaBuilder("type Query { a: Int }").source("Query.a", {}).build());
  EXPECT_FALSE(SchemaBuilder("type Query { a: Int }").resolve_type("Query", {}).build());
}

}  // namespace
}  // namespace gamekeeper::graphql
