#include <fmt/format.h>

#include <thread>

#include "insight/analytics/graphql/test_schema.h"

namespace gamekeeper::graphql {
namespace {

using testing::run;

class Counter final : public EventStream {
 public:
  explicit Counter(int64_t last) : last_(last) {}
  Task<Result<std::optional<Value>>> next() override {
    if (at_ == last_) co_return std::optional<Value>();
    ++at_;
    co_return std::optional<Value>(Value::object({{"n", at_}}));
  }

 private:
  int64_t at_ = 0;
  int64_t last_;
};

Engine ticking() {
  return Engine(testing::build(SchemaBuilder("type Query { a: Int } type Subscription { tick(to: Int = 2): Tick "
                                             "twice(to: Int): Int } type Tick { n: Int! }")
                                   .source("Subscription.tick",
                                           [](const ResolveInfo& info) -> Task<Result<std::unique_ptr<EventStream>>> {
                                             int64_t to = *info.argument("to").as_int();
                                             if (to < 0)
                                               co_return fail(ErrorKind::kInvalid, "bad_to", "Not backwards.");
                                             co_return std::make_unique<Counter>(to);
                                           })
                                   .source("Subscription.twice",
                                           [](const ResolveInfo&) -> Task<Result<std::unique_ptr<EventStream>>> {
                                             co_return std::make_unique<Counter>(1);
                                           })
                                   .resolve_sync("Subscription.twice", [](const ResolveInfo& info) -> Result<Value> {
                                     return Value(*info.parent.find("n")->as_int() * 2);
                                   })));
}

std::vector<std::string> events_of(const Engine& engine, std::string query) {
  std::vector<std::string> out;
  auto subscription = run(engine.subscribe({std::move(query)}, nullptr));
  if (!subscription) return {subscription.error().code};
  while (auto response = run(engine.next(*subscription, nullptr))) out.push_back(response->body);
  return out;
}

TEST(Subscriptions, AnswerEachEvent) {
  Engine engine = ticking();
  EXPECT_EQ(events_of(engine, "subscription { tick { n } }"),
            (std::vector<std::string>{R"({"data":{"tick":{"n":1}}})", R"({"data":{"tick":{"n":2}}})"}));
  EXPECT_EQ(events_of(engine, "subscription { x: twice }"), (std::vector<std::string>{R"({"data":{"x":2}})"}));
  EXPECT_EQ(events_of(engine, "subscription { tick(to: -1) { n } }"), (std::vector<std::string>{"bad_to"}));
  EXPECT_EQ(events_of(engine, "{ a }"), (std::vector<std::string>{"not_a_subscription"}));
  EXPECT_EQ(events_of(engine, "subscription { nothing }"), (std::vector<std::string>{std::string(kValidationFailed)}));
}

TEST(Subscriptions, TakeEventsFromATransportOfTheirOwn) {
  Engine engine = ticking();
  auto prepared = engine.prepare({"subscription { tick { n } }"});
  ASSERT_TRUE(prepared);
  EXPECT_EQ(prepared->kind(), OperationKind::kSubscription);
  EXPECT_EQ(run(engine.execute_event(*prepared, Value::object({{"n", 8}}), nullptr)).body,
            R"({"data":{"tick":{"n":8}}})");
  EXPECT_EQ(run(engine.execute_event(*prepared, Value(), nullptr)).body, R"({"data":{"tick":null}})");
  EXPECT_TRUE(run(engine.execute_event(*prepared, Value::object({}), nullptr))
                  .body.starts_with(R"({"data":{"tick":null},"errors")"));
}

TEST(DocumentCache, DropsTheLeastRecentlyUsed) {
  DocumentCache cache(2);
  auto document = [](std::string source) {
    auto out = std::make_shared<Document>();
    out->source = std::move(source);
    return out;
  };
  cache.put(document("a"));
  cache.put(document("b"));
  EXPECT_TRUE(cache.find("a"));
  cache.put(document("c"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_TRUE(cache.find("c"));
  cache.put(document("c"));
  EXPECT_EQ(cache.size(), 2u);
}

TEST(Engine, RemembersDocumentsThatAreNotTooLong) {
  Engine engine(testing::build(SchemaBuilder("type Query { a: Int }")), {.cached_document_bytes_max = 20});
  auto document = [&](std::string query) { return engine.prepare({std::move(query)})->document; };
  EXPECT_EQ(document("{ a }"), document("{ a }"));
  EXPECT_NE(document("{ a }                 "), document("{ a }                 "));
}

TEST(Engine, ServesManyThreads) {
  Engine engine(
      testing::build(SchemaBuilder("type Query { a: Int }")
                         .resolve_sync("Query.a", [](const ResolveInfo&) -> Result<Value> { return Value(1); })),
      {.cached_documents_max = 3});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&engine, t] {
      for (int i = 0; i < 200; ++i) {
        std::string query = "{ a" + std::string((i + t) % 7, ' ') + "}";
        EXPECT_EQ(testing::ask(engine, query).body, R"({"data":{"a":1}})");
      }
    });
}

Task<Result<Value>> give(Value value) { co_return value; }

TEST(Engine, AChartIsOneTable) {
  Table points{{"time", "value"}, {}};
  std::string want;
  for (int i = 0; i < 60; ++i) {
    const std::string time = "2026-01-01T00:" + std::to_string(i / 10) + std::to_string(i % 10) + ":00Z";
    points.cells.emplace_back(time);
    points.cells.emplace_back(i * 0.25);
    want +=
        (want.empty() ? "{\"time\":\"" : ",{\"time\":\"") + time + "\",\"value\":" + fmt::format("{}", i * 0.25) + "}";
  }
  const Value answer = Value::table(std::move(points));
  Engine engine(testing::build(SchemaBuilder("scalar DateTime type Query { series(metric: String!): [Point!]! } "
                                             "type Point { time: DateTime! value: Float }")
                                   .resolve("Query.series", [answer](const ResolveInfo&) { return give(answer); })));
  for (int twice = 0; twice < 2; ++twice) {  // the second from the document that was kept
    EXPECT_EQ(testing::ask(engine, "{ series(metric: \"dau\") { time value } }").body,
              R"({"data":{"series":[)" + want + "]}}");
  }
}

}  // namespace
}  // namespace gamekeeper::graphql
