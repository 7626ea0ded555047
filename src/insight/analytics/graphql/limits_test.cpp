#include "insight/analytics/graphql/limits.h"

#include "insight/analytics/graphql/test_schema.h"

namespace gamekeeper::graphql {
namespace {

using testing::ask;

const Engine& costly() {
  static const Engine it(testing::build(
      SchemaBuilder("type Query { node: Node series(limit: Int = 5, days: Int, tags: [String]): [Point!] one: Int } "
                    "type Node { node: Node name: String } type Point { time: String value: Float }")
          .cost("Query.series", {.weight = 2, .multiplier_arguments = {"limit", "days", "tags"}})
          .cost("Node.node", {.weight = 1, .multiplier_default = 2})));
  return it;
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

void expect_refused(const Response& response, std::string_view what) {
  EXPECT_EQ(response.kind, Response::Kind::kRequestError) << response.body.substr(0, 200);
  EXPECT_EQ(response.code, "too_complex") << response.body.substr(0, 200);
  EXPECT_NE(response.body.find(what), std::string::npos) << response.body.substr(0, 200);
  EXPECT_EQ(response.body.find("\"data\""), std::string::npos);
}

Load load_of(std::string query, std::string_view variables = "{}") {
  auto prepared = costly().prepare({std::move(query), {}, boost::json::parse(variables).as_object()});
  EXPECT_TRUE(prepared) << prepared.error().body;
  return prepared ? measure(*prepared->operation, prepared->variables) : Load{};
}

TEST(Limits, WeighFields) {
  EXPECT_EQ(load_of("{ one }").cost, 1);
  EXPECT_EQ(load_of("{ series { time value } }").cost, 2 + 5 * 2);
  EXPECT_EQ(load_of("{ series(limit: 100) { time value } }").cost, 2 + 100 * 2);
  EXPECT_EQ(load_of("{ series(limit: 1, tags: [\"a\", \"b\", \"c\"]) { time } }").cost, 2 + 3);
  EXPECT_EQ(load_of("query ($d: Int) { series(days: $d) { time } }", "{\"d\": 90}").cost, 2 + 90);
  EXPECT_EQ(load_of("query ($d: Int) { series(limit: -4, days: $d) { time } }", "{\"d\": null}").cost, 2);
  EXPECT_EQ(load_of("{ node { node { name } } }").cost, 1 + (1 + 2 * 1));
  EXPECT_EQ(load_of("{ node { ...F ...F } } fragment F on Node { name }").cost, 3);
}

TEST(Limits, Depth) {
  EXPECT_EQ(load_of("{ node { name } }").depth, 2);
  EXPECT_EQ(load_of("{ ... { node { ...F } } } fragment F on Node { name }").depth, 2);
  std::string ten = "{" + repeat("node{", 9) + "name" + repeat("}", 10);
  EXPECT_EQ(ask(costly(), ten).kind, Response::Kind::kComplete);
  std::string eleven = "{" + repeat("node{", 10) + "name" + repeat("}", 11);
  expect_refused(ask(costly(), eleven), "depth is 11; at most 10");
}

TEST(Limits, Cost) {
  EXPECT_EQ(ask(costly(), "{ series(limit: 499) { time value } }").kind, Response::Kind::kComplete);
  expect_refused(ask(costly(), "{ series(limit: 500) { time value } }"), "cost is 1002; at most 1000");
  expect_refused(ask(costly(), "query ($n: Int) { series(limit: $n) { time } }", "{\"n\": 2147483647}"), "cost");
}

TEST(Limits, AliasesTokensDirectives) {
  auto aliases = [](int n) {
    std::string out = "{";
    for (int i = 0; i < n; ++i) out += fmt::format(" a{}: one", i);
    return out + "}";
  };
  EXPECT_EQ(ask(costly(), aliases(30)).kind, Response::Kind::kComplete);
  expect_refused(ask(costly(), aliases(31)), "aliases");
  expect_refused(ask(costly(), "{" + repeat(" one", 2000) + "}"), "too many tokens");
  EXPECT_EQ(ask(costly(), "{" + repeat(" one @skip(if:false)", 100) + "}").kind, Response::Kind::kComplete);
  expect_refused(ask(costly(), "{" + repeat(" one @skip(if:false)", 101) + "}"), "directives");
}

TEST(Limits, Bombs) {
  std::string exponential = "{ node { ...F0 } }";
  for (int i = 0; i < 60; ++i)
    exponential +=
        fmt::format(" fragment F{} on Node {{ a: node {{ ...F{} }} b: node {{ ...F{} }} }}", i, i + 1, i + 1);
  expect_refused(ask(costly(), exponential + " fragment F60 on Node { name }"), "depth");
  expect_refused(ask(costly(), repeat("{node", 100'000)), "nested too deeply");
  expect_refused(ask(costly(), "{ series(tags: " + repeat("[", 100'000)), "nested too deeply");
  std::string cycle = "{ node { ...A } } fragment A on Node { node { ...B } } fragment B on Node { node { ...A } }";
  EXPECT_EQ(ask(costly(), cycle).code, kValidationFailed);
}

TEST(Limits, IntrospectionMayBeDeepButNotMultiply) {
  std::string deep = "{ __schema { types { fields { type {" + repeat("ofType {", 9) + " name" + repeat("}", 14);
  EXPECT_EQ(ask(costly(), deep).kind, Response::Kind::kComplete);
  EXPECT_EQ(load_of(deep).depth, 0);
  std::string wide = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
  expect_refused(ask(costly(), wide), "introspection");
}

}  // namespace
}  // namespace gamekeeper::graphql
