#include "insight/analytics/graphql/parser.h"

#include <gtest/gtest.h>

namespace gamekeeper::graphql {
namespace {

std::string repeated(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

GraphError parser_error(std::string source) {
  auto document = parse_document(std::move(source), 100'000);
  return document ? GraphError{} : document.error();
}

TEST(Parser, ReadsEveryPartOfAnOperation) {
  auto parsed = parse_document(R"(
    query Q($a: [Int!]! = [1, 2] @d, $b: X = {k: "v"}) @live {
      alias: field(x: $a, y: 1.5, z: ENUM, n: null, t: true, s: """block""") @skip(if: false) { on }
      ... on T @include(if: true) { a }
      ... F @d
      ... { b }
    }
    mutation { m } subscription S { s }
    fragment F on T { query fragment type }
  )",
                               1000);
  ASSERT_TRUE(parsed) << parsed.error().message;
  const Document& document = **parsed;
  ASSERT_EQ(document.operations.size(), 3u);
  const OperationNode& query = document.operations[0];
  EXPECT_EQ(query.name, "Q");
  EXPECT_EQ(query.variables.size(), 2u);
  EXPECT_EQ(print(*query.variables[0].default_value), "[1, 2]");
  EXPECT_EQ(print(*query.variables[1].default_value), "{k: \"v\"}");
  ASSERT_EQ(query.selections.size(), 4u);
  EXPECT_EQ(query.selections[0].alias, "alias");
  EXPECT_EQ(query.selections[0].name, "field");
  EXPECT_EQ(query.selections[0].arguments.size(), 6u);
  EXPECT_EQ(query.selections[1].kind, SelectionNode::Kind::kInline);
  EXPECT_EQ(query.selections[1].name, "T");
  EXPECT_EQ(query.selections[2].kind, SelectionNode::Kind::kSpread);
  EXPECT_EQ(query.selections[3].name, "");
  EXPECT_EQ(document.operations[1].kind, OperationKind::kMutation);
  EXPECT_EQ(document.fragments[0].selections.size(), 3u);
  EXPECT_EQ(document.directive_count, 5u);
}

TEST(Parser, NamesThePlaceOfAnError) {
  GraphError error = parser_error("{\n  a(b: ) }");
  EXPECT_EQ(error.code, kParseFailed);
  EXPECT_EQ(error.message, "Syntax Error: Unexpected \")\".");
  EXPECT_EQ(error.locations, (std::vector<Location>{{2, 8}}));
  EXPECT_EQ(parser_error("").message, "Syntax Error: Unexpected <EOF>.");
  EXPECT_EQ(parser_error("{").message, "Syntax Error: Expected Name, found <EOF>.");
}

TEST(Parser, RefusesWhatIsNoDocument) {
  for (std::string source : {"{}",
                             "{ a",
                             "a }",
                             "query",
                             "query Q(",
                             "query Q() { a }",
                             "{ a() }",
                             "{ a(b: 1 }",
                             "{ a: }",
                             "{ ...on }",
                             "fragment on on T { a }",
                             "fragment F T { a }",
                             "{ a(b: [1, 2) }",
                             "{ a(b: {c: 1) }",
                             "query ($a: Int = $b) { a }",
                             "{ a @ }",
                             "type T { a: Int }",
                             "{ a } }",
                             "query ($a: [Int) { a }",
                             "query (a: Int) { a }",
                             "{ \"a\" }",
                             "{ 1 }"})
    EXPECT_EQ(parser_error(source).code, kParseFailed) << source;
}

TEST(Parser, BoundsItsNesting) {
  EXPECT_EQ(parser_error(repeated("{a", 60) + repeated("}", 60)).code, "");
  for (const std::string& source :
       {repeated("{a", 50'000), "{a(b: " + repeated("[", 50'000), "{a(b: " + repeated("{c:", 50'000),
        "query ($a: " + repeated("[", 50'000), "{" + repeated("...{", 20'000)})
    EXPECT_EQ(parser_error(source).code, kTooComplex);
}

TEST(Parser, BoundsItsTokens) {
  auto parsed = parse_document("{" + repeated("a ", 3000) + "}", 2000);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, kTooComplex);
}

TEST(SchemaParser, ReadsEveryDefinition) {
  auto parsed = parse_schema(R"(
    """The schema""" schema @d { query: Q mutation: M subscription: S }
    "A scalar" scalar Date @specifiedBy(url: "u")
    type Q implements A & B @d { "a field" f("an arg" x: Int = 3 @deprecated, y: [E!]! = [ONE]): [Q!]! @deprecated(reason: "r") }
    interface A implements & B { f: Int } interface B { f: Int }
    union U @d = | Q | M
    enum E { "one" ONE @deprecated TWO }
    input I { a: Int = 1, b: I }
    "A directive" directive @d(a: Int) repeatable on | FIELD | QUERY
    type Empty
  )");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->description, "The schema");
  EXPECT_EQ(parsed->mutation, "M");
  ASSERT_EQ(parsed->types.size(), 8u);
  EXPECT_EQ(parsed->types[0].description, "A scalar");
  EXPECT_EQ(parsed->types[1].interfaces.size(), 2u);
  EXPECT_EQ(parsed->types[1].fields[0].arguments[1].name, "y");
  EXPECT_EQ(parsed->types[4].members.size(), 2u);
  EXPECT_EQ(parsed->types[5].values[0].description, "one");
  EXPECT_TRUE(parsed->directives[0].repeatable);
  EXPECT_EQ(parsed->directives[0].locations.size(), 2u);
}

TEST(SchemaParser, RefusesWhatIsNoSchema) {
  for (std::string_view source :
       {"", "{ a }", "type", "type A {}", "enum E { true }", "union U = ", "extend type A { a: Int }",
        "schema { other: Q }", "type A { a }", "directive d on FIELD"})
    EXPECT_FALSE(parse_schema(source)) << source;
}

}  // namespace
}  // namespace gamekeeper::graphql
