#include "insight/analytics/graphql/execute.h"

#include "insight/analytics/graphql/test_schema.h"

namespace gamekeeper::graphql {
namespace {

using testing::ask;
using testing::build;
using testing::messages;

Value dog() { return Value::object({{"__typename", "Dog"}, {"name", "Fido"}, {"barkVolume", 7}}); }
Value cat() { return Value::object({{"__typename", "Cat"}, {"name", "Tom"}, {"meowVolume", 3}}); }

SyncResolver constant(Value value) {
  return [value](const ResolveInfo&) -> Result<Value> { return value; };
}

const Engine& pets() {
  static const Engine engine(
      build(SchemaBuilder(std::string(testing::kPetSdl))
                .resolve_sync("Query.dog", constant(dog()))
                .resolve_sync("Query.pet", constant(cat()))
                .resolve_sync("Query.catOrDog", constant(dog()))
                .resolve_sync("Query.number", constant(42))
                .resolve_sync("Query.human",
                              constant(Value::object({{"name", "Ada"}, {"pets", Value::list({dog(), cat()})}})))
                .resolve_sync("Query.echo",
                              [](const ResolveInfo& info) -> Result<Value> {
                                std::string out;
                                if (const Object* members = info.argument("value").as_object())
                                  for (const Member& member : *members)
                                    out += member.name + (member.value.is_null()   ? "=null;"
                                                          : member.value.as_list() ? "=list;"
                                                                                   : "=set;");
                                return Value(out);
                              })
                .resolve_sync("Dog.isHouseTrained", [](const ResolveInfo& info) -> Result<Value> {
                  return Value(info.has_argument("atOtherHomes"));
                })));
  return engine;
}

TEST(Execute, FragmentsAliasesAndOrder) {
  EXPECT_EQ(
      ask(pets(), "{ b: number dog { v: barkVolume ...F __typename } a: number } fragment F on Pet { name }").body,
      R"({"data":{"b":42,"dog":{"v":7,"name":"Fido","__typename":"Dog"},"a":42}})");
  EXPECT_EQ(ask(pets(), "{ human { pets { name ... on Dog { barkVolume } ... on Cat { meowVolume } } } }").body,
            R"({"data":{"human":{"pets":[{"name":"Fido","barkVolume":7},{"name":"Tom","meowVolume":3}]}}})");
  EXPECT_EQ(ask(pets(), "{ dog { name } dog { barkVolume } ... on Query { dog { name nickname } } }").body,
            R"({"data":{"dog":{"name":"Fido","barkVolume":7,"nickname":null}}})");
}

TEST(Execute, SkipAndInclude) {
  std::string query =
      "query ($yes: Boolean!, $no: Boolean = false) { a: number @include(if: $yes) b: number @skip(if: $yes) "
      "... @include(if: $no) { c: number } ...F @skip(if: $no) d: number @skip(if: true) } "
      "fragment F on Query { e: number @include(if: true) }";
  EXPECT_EQ(ask(pets(), query, R"({"yes": true})").body, R"({"data":{"a":42,"e":42}})");
  EXPECT_EQ(ask(pets(), query, R"({"yes": false, "no": true})").body, R"({"data":{"b":42,"c":42}})");
}

TEST(Execute, ChoosesTheOperation) {
  std::string two = "query A { a: number } query B { b: number }";
  EXPECT_EQ(ask(pets(), two, "{}", "B").body, R"({"data":{"b":42}})");
  EXPECT_EQ(ask(pets(), two).code, kOperationNotFound);
  EXPECT_EQ(ask(pets(), two, "{}", "C").code, kOperationNotFound);
}

TEST(Execute, RequestErrorsHaveNoData) {
  Response response = ask(pets(), "{ nothing }");
  EXPECT_EQ(response.kind, Response::Kind::kRequestError);
  EXPECT_EQ(response.status(), 400);
  EXPECT_EQ(
      response.body,
      R"({"errors":[{"message":"Cannot query field \"nothing\" on type \"Query\".","locations":[{"line":1,"column":3}],)"
      R"("extensions":{"code":"graphql_validation_failed"}}]})");
  EXPECT_TRUE(response.errors_json().starts_with("[{\"message\""));
  EXPECT_TRUE(response.errors_json().ends_with("}]"));
  EXPECT_EQ(ask(pets(), "{ number").code, kParseFailed);
  EXPECT_EQ(ask(pets(), "subscription { newMessage { body } }").code, "use_subscribe");
}

TEST(Execute, CoercesVariables) {
  std::string query = "query ($v: Everything) { echo(value: $v) }";
  EXPECT_EQ(ask(pets(), query, R"({"v": {"text": "", "list": 5, "flag": null}})").body,
            R"({"data":{"echo":"int=set;text=set;flag=null;list=list;"}})");
  auto wrong = [&](std::string_view variables) { return messages(ask(pets(), query, variables)).at(0); };
  EXPECT_EQ(wrong(R"({"v": {}})"),
            "Variable \"$v\" got invalid value at \"v\"; Field \"text\" of required type \"String!\" was not "
            "provided.");
  EXPECT_EQ(wrong(R"({"v": {"text": "", "nested": {"text": 3}}})"),
            "Variable \"$v\" got invalid value at \"v.nested.text\"; String cannot represent a non string "
            "value: 3");
  EXPECT_EQ(wrong(R"({"v": {"text": "", "list": [1, null]}})"),
            "Variable \"$v\" got invalid value at \"v.list[1]\"; Expected non-nullable type \"Int!\" not to "
            "be null.");
  EXPECT_EQ(wrong(R"({"v": {"text": "", "int": 1.5}})"),
            "Variable \"$v\" got invalid value at \"v.int\"; Int cannot represent non-integer value: 1.5");
  EXPECT_EQ(wrong(R"({"v": {"text": "", "other": 1}})"),
            "Variable \"$v\" got invalid value at \"v\"; Field \"other\" is not defined by type \"Everything\".");
  EXPECT_EQ(wrong(R"({"v": 7})"),
            "Variable \"$v\" got invalid value at \"v\"; Expected type \"Everything\" to be an object.");
  EXPECT_EQ(wrong(R"({"v": {"text": "", "command": "FLY"}})"),
            "Variable \"$v\" got invalid value at \"v.command\"; Value \"FLY\" does not exist in "
            "\"DogCommand\" enum.");
  EXPECT_EQ(messages(ask(pets(), "query ($v: Int!) { arguments { intArgField(intArg: $v) } }")).at(0),
            "Variable \"$v\" of required type \"Int!\" was not provided.");
  EXPECT_EQ(ask(pets(), "query ($b: Boolean) { dog { isHouseTrained(atOtherHomes: $b) } }").body,
            R"({"data":{"dog":{"isHouseTrained":false}}})");
  EXPECT_EQ(ask(pets(), "query ($b: Boolean) { dog { isHouseTrained(atOtherHomes: $b) } }", R"({"b":null})").body,
            R"({"data":{"dog":{"isHouseTrained":true}}})");
}

TEST(Execute, ANullVariableInANonNullPlaceIsAFieldError) {
  Response response =
      ask(pets(), "query ($c: DogCommand = SIT) { number dog { doesKnowCommand(dogCommand: $c) } }", R"({"c": null})");
  EXPECT_EQ(
      response.body,
      R"({"data":{"number":42,"dog":null},"errors":[{"message":"Argument \"dogCommand\" has invalid value: Expected value )"
      R"(of non-null type \"DogCommand!\", but the variable \"$c\" gave none.","locations":[{"line":1,"column":45}],)"
      R"("path":["dog","doesKnowCommand"],"extensions":{"code":"bad_argument"}}]})");
  EXPECT_EQ(ask(pets(), "query ($b: Boolean! = true) { number @skip(if: $b) }", R"({"b": null})").code, kBadVariables);
}

// ---- nulls and errors

Engine shapes(std::string type, Value value) {
  return Engine(build(SchemaBuilder("type Query { a: " + type + " ok: Int } type T { x: Int! y: Int t: T n: T! }")
                          .resolve_sync("Query.a", constant(std::move(value)))
                          .resolve_sync("Query.ok", constant(1))));
}

TEST(NullPropagation, StopsAtTheNearestNullableParent) {
  Value broken = Value::object({{"y", 1}});
  EXPECT_EQ(ask(shapes("T", broken), "{ ok a { y x } }").body,
            R"({"data":{"ok":1,"a":null},"errors":[{"message":"Cannot return null for non-nullable field T.x.",)"
            R"("locations":[{"line":1,"column":12}],"path":["a","x"],"extensions":{"code":"internal"}}]})");
  Response up = ask(shapes("T!", broken), "{ ok a { x } }");
  EXPECT_EQ(up.body.substr(0, 24), R"({"data":null,"errors":[{)");
  EXPECT_TRUE(up.data_null);
  EXPECT_EQ(up.kind, Response::Kind::kPartial);
  EXPECT_EQ(up.status(), 200);
  Value deep = Value::object({{"t", Value::object({{"n", Value::object({{"n", broken}})}})}, {"y", 2}});
  EXPECT_TRUE(ask(shapes("T", deep), "{ a { y t { n { n { x } } } } }")
                  .body.starts_with(R"({"data":{"a":{"y":2,"t":null}},"errors")"));
}

TEST(NullPropagation, Lists) {
  Value holes = Value::list({1, Value(), 3});
  auto data = [](const Engine& engine) {
    std::string body = ask(engine, "{ a }").body;
    return body.substr(8, body.find(",\"errors\"") - 8);
  };
  EXPECT_EQ(data(shapes("[Int]", holes)), R"({"a":[1,null,3]}})");
  EXPECT_EQ(data(shapes("[Int!]", holes)), R"({"a":null})");
  EXPECT_EQ(data(shapes("[Int]!", holes)), R"({"a":[1,null,3]}})");
  EXPECT_EQ(data(shapes("[Int!]!", holes)), "null");
  EXPECT_EQ(data(shapes("[[Int!]]", Value::list({holes, Value::list({4})}))), R"({"a":[null,[4]]})");
  EXPECT_EQ(ask(shapes("[Int!]", holes), "{ a }").body.find(R"("path":["a",1])") != std::string::npos, true);
  EXPECT_EQ(messages(ask(shapes("[Int]", 3), "{ a }")).at(0), "Expected a list for field Query.a.");
}

TEST(Leaves, RefuseWhatTheyCannotShow) {
  auto shown = [](std::string type, Value value) {
    Response response = ask(shapes(std::move(type), std::move(value)), "{ a }");
    return response.errors ? messages(response).at(0) : response.body.substr(13, response.body.size() - 15);
  };
  EXPECT_EQ(shown("Int", 2147483648), "Int cannot represent value: 2147483648");
  EXPECT_EQ(shown("Int", 5.0), "5");
  EXPECT_EQ(shown("Int", "5"), "Int cannot represent value: \"5\"");
  EXPECT_EQ(shown("Float", 0.1), "0.1");
  EXPECT_EQ(shown("Float", 1e300), "1e+300");
  EXPECT_EQ(shown("Float", std::numeric_limits<double>::quiet_NaN()), "Float cannot represent value: null");
  EXPECT_EQ(shown("Float", std::numeric_limits<double>::infinity()), "Float cannot represent value: null");
  EXPECT_EQ(shown("String", "a\"\\\n\x01é"), "\"a\\\"\\\\\\n\\u0001é\"");
  EXPECT_EQ(shown("String", 7), "\"7\"");
  EXPECT_EQ(shown("String", Value::list({1})), "String cannot represent value: [1]");
  EXPECT_EQ(shown("ID", 7), "\"7\"");
  EXPECT_EQ(shown("ID", true), "ID cannot represent value: true");
  EXPECT_EQ(shown("Boolean", 1), "Boolean cannot represent value: 1");
}

TEST(Resolvers, ErrorsCarryTheirCodeAndPath) {
  Engine engine(build(
      SchemaBuilder("type Query { a: Int b: Int c: Int! } ")
          .resolve_sync("Query.a",
                        [](const ResolveInfo&) -> Result<Value> {
                          return fail(ErrorKind::kInvalid, "time_out_of_range", "Too long ago.", "from", "90 days");
                        })
          .resolve_sync("Query.b", [](const ResolveInfo&) -> Result<Value> { throw std::runtime_error("secret"); })
          .resolve_sync("Query.c", constant(3))));
  EXPECT_EQ(
      ask(engine, "{ x: a b c }").body,
      R"({"data":{"x":null,"b":null,"c":3},"errors":[{"message":"Too long ago.","locations":[{"line":1,"column":3}],)"
      R"("path":["x"],"extensions":{"code":"time_out_of_range","field":"from","limit":"90 days"}},)"
      R"({"message":"Internal error.","locations":[{"line":1,"column":8}],"path":["b"],"extensions":{"code":"internal"}}]})");
}

TEST(Resolvers, ErrorsNameFewOfManyPlaces) {
  Engine engine(build(SchemaBuilder("type Query { a: Int! }").resolve_sync("Query.a", constant(Value()))));
  std::string query = "{";
  for (int i = 0; i < 900; ++i) query += " a";
  auto errors = boost::json::parse(ask(engine, query + "}").body).at("errors").as_array();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].at("locations").as_array().size(), 4u);
}

TEST(Abstract, AnUnknownRuntimeTypeIsAnError) {
  Engine engine(
      build(SchemaBuilder("type Query { u: U } union U = A | B type A { a: Int } type B { b: Int } type C { c: Int }")
                .resolve_sync("Query.u", constant(Value::object({{"kind", "C"}})))
                .resolve_type("U", [](const Value& value) { return *value.find("kind")->as_string(); })));
  EXPECT_EQ(messages(ask(engine, "{ u { __typename } }")).at(0),
            "Abstract type \"U\" must resolve to an Object type at runtime for field Query.u, but got \"C\".");
}

// ---- scalars, tables, asynchronous resolvers

TEST(Scalars, ParseAndSerialize) {
  ScalarFunctions functions{.parse = [](const Value& value) -> Result<Value> {
                              if (!value.as_string() || value.as_string()->size() != 4)
                                return fail(ErrorKind::kInvalid, "bad_year", "want four digits");
                              return Value(std::stoll(*value.as_string()));
                            },
                            .serialize = [](const Value& value, std::string& json) -> Result<void> {
                              json += "\"Y";
                              if (!value.as_int()) return fail(ErrorKind::kInternal, "bad_year", "not a year");
                              json += std::to_string(*value.as_int()) + '"';
                              return {};
                            }};
  Engine engine(build(SchemaBuilder("scalar Year type Query { next(of: Year!): Year broken: Year ok: Int }")
                          .scalar("Year", functions)
                          .resolve_sync("Query.broken", constant("x"))
                          .resolve_sync("Query.next", [](const ResolveInfo& info) -> Result<Value> {
                            return Value(*info.argument("of").as_int() + 1);
                          })));
  EXPECT_EQ(ask(engine, "{ next(of: \"2024\") }").body, R"({"data":{"next":"Y2025"}})");
  EXPECT_EQ(ask(engine, "query ($y: Year!) { next(of: $y) }", R"({"y":"1999"})").body, R"({"data":{"next":"Y2000"}})");
  EXPECT_EQ(ask(engine, "{ next(of: 2024) }").code, kValidationFailed);
  EXPECT_EQ(ask(engine, "query ($y: Year!) { next(of: $y) }", R"({"y":"199"})").code, kBadVariables);
  EXPECT_EQ(ask(engine, "{ broken ok }").body.substr(0, 35), R"({"data":{"broken":null,"ok":null},")");
}

TEST(Tables, AreListsOfObjects) {
  Table table{{"value", "time"}, {1.5, "a", Value(), "b"}};
  auto engine = [&](std::string type) {
    return Engine(build(SchemaBuilder("type Query { s: " + type + " } type P { time: String value: Float! more: Int }")
                            .resolve_sync("Query.s", constant(Value::table(table)))));
  };
  EXPECT_EQ(
      ask(engine("[P]"), "{ s { __typename time t: time more } }").body,
      R"({"data":{"s":[{"__typename":"P","time":"a","t":"a","more":null},{"__typename":"P","time":"b","t":"b","more":null}]}})");
  EXPECT_TRUE(ask(engine("[P]"), "{ s { value } }").body.starts_with(R"({"data":{"s":[{"value":1.5},null]},"errors")"));
  EXPECT_TRUE(ask(engine("[P!]"), "{ s { value } }").body.starts_with(R"({"data":{"s":null},"errors")"));
  EXPECT_NE(ask(engine("[P]"), "{ s { value } }").body.find(R"("path":["s",1,"value"])"), std::string::npos);
  EXPECT_EQ(ask(shapes("[T]", Value::table({{"y"}, {}})), "{ a { y } }").body, R"({"data":{"a":[]}})");
}

TEST(Tables, FeedResolversTheirRows) {
  Engine engine(build(SchemaBuilder("type Query { s: [P] } type P { twice: Int }")
                          .resolve_sync("Query.s", constant(Value::table({{"n"}, {1, 2}})))
                          .resolve_sync("P.twice", [](const ResolveInfo& info) -> Result<Value> {
                            return Value(*info.parent.find("n")->as_int() * 2);
                          })));
  EXPECT_EQ(ask(engine, "{ s { twice } }").body, R"({"data":{"s":[{"twice":2},{"twice":4}]}})");
}

Task<Result<Value>> give_after(std::string name, std::chrono::milliseconds delay, Value value,
                               std::vector<std::string>* log) {
  if (log) log->push_back("+" + name);
  co_await sleep_for(delay);
  if (log) log->push_back("-" + name);
  co_return value;
}
Resolver after(std::chrono::milliseconds delay, Value value, std::vector<std::string>* log = nullptr) {
  return [=](const ResolveInfo& info) { return give_after(std::string(info.field.name), delay, value, log); };
}

TEST(Async, SiblingsRunTogetherAndKeepTheirOrder) {
  std::vector<std::string> log;
  Engine engine(build(SchemaBuilder("type Query { a: T b: T c: Int } type T { x: Int! d: [T!] }")
                          .resolve("Query.a", after(std::chrono::milliseconds(20), Value::object({{"x", 1}}), &log))
                          .resolve("Query.b", after(std::chrono::milliseconds(1), Value::object({}), &log))
                          .resolve("T.d", after(std::chrono::milliseconds(1), Value::list({Value::object({{"x", 5}})})))
                          .resolve_sync("Query.c", constant(9))));
  EXPECT_TRUE(ask(engine, "{ a { x d { x } } b { x } c }")
                  .body.starts_with(R"({"data":{"a":{"x":1,"d":[{"x":5}]},"b":null,"c":9},"errors":[)"));
  EXPECT_EQ(log, (std::vector<std::string>{"+a", "+b", "-b", "-a"}));
}

TEST(Async, MutationsRunOneAfterTheOther) {
  std::vector<std::string> log;
  Engine engine(build(SchemaBuilder("type Query { a: Int } type Mutation { first: Int second: Int }")
                          .resolve("Mutation.first", after(std::chrono::milliseconds(5), 1, &log))
                          .resolve("Mutation.second", after(std::chrono::milliseconds(1), 2, &log))));
  EXPECT_EQ(ask(engine, "mutation { second first }").body, R"({"data":{"second":2,"first":1}})");
  EXPECT_EQ(log, (std::vector<std::string>{"+second", "-second", "+first", "-first"}));
}

TEST(Async, ThrownAndReturnedErrors) {
  Engine engine(build(SchemaBuilder("type Query { a: Int b: Int }")
                          .resolve("Query.a",
                                   [](const ResolveInfo&) -> Task<Result<Value>> {
                                     co_await sleep_for(std::chrono::milliseconds(1));
                                     throw std::runtime_error("secret");
                                   })
                          .resolve("Query.b", [](const ResolveInfo&) -> Task<Result<Value>> {
                            co_return fail(ErrorKind::kOverloaded, "overloaded", "Later.");
                          })));
  EXPECT_EQ(messages(ask(engine, "{ a b }")), (std::vector<std::string>{"Internal error.", "Later."}));
  EXPECT_EQ(messages(ask(engine, "{ a }")), (std::vector<std::string>{"Internal error."}));
}

TEST(ResolveInfo, TellsContextPathAndSelection) {
  int counter = 0;
  Engine engine(build(SchemaBuilder("type Query { t: [T] } type T { n(k: Int = 4): Int deep: T }")
                          .resolve_sync("Query.t",
                                        [](const ResolveInfo& info) -> Result<Value> {
                                          EXPECT_TRUE(info.selects("n"));
                                          EXPECT_FALSE(info.selects("deep"));
                                          return Value::list({Value::object({})});
                                        })
                          .resolve_sync("T.n", [](const ResolveInfo& info) -> Result<Value> {
                            EXPECT_EQ(info.path.segments(), (std::vector<PathSegment>{"t", int64_t{0}, "x"}));
                            info.context_as<int>() += 1;
                            return info.argument("k");
                          })));
  Request request{"{ t { ...F } } fragment F on T { x: n }"};
  EXPECT_EQ(testing::run(engine.execute(std::move(request), &counter)).body, R"({"data":{"t":[{"x":4}]}})");
  EXPECT_EQ(counter, 1);
}

}  // namespace
}  // namespace gamekeeper::graphql
