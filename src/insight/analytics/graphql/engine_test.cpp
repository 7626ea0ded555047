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

/// Not a strict measurement: it fails only when something is slow by a factor.
TEST(Engine, IsFastForAChart) {
  Table points{{"time", "value"}, {}};
  for (int i = 0; i < 60; ++i) {
    points.cells.emplace_back("2026-01-01T00:" + std::to_string(10 + i % 50) + ":00Z");
    points.cells.emplace_back(i * 1.37);
  }
  Value answer = Value::table(std::move(points));
  Engine engine(testing::build(SchemaBuilder("scalar DateTime type Query { series(metric: String!): [Point!]! } "
                                             "type Point { time: DateTime! value: Float }")
                                   .resolve("Query.series", [answer](const ResolveInfo&) { return give(answer); })));
  constexpr int kRounds = 20'000;
  auto rounds = [](const Engine& engine) -> Task<size_t> {
    size_t bytes = 0;
    for (int i = 0; i < kRounds; ++i) {
      Response response = co_await engine.execute({"{ series(metric: \"dau\") { time value } }"}, nullptr);
      bytes += response.body.size();
    }
    co_return bytes;
  };
  auto begin = std::chrono::steady_clock::now();
  size_t bytes = run(rounds(engine));
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_GT(bytes, kRounds * 1000u);
  RecordProperty("executions_per_second", static_cast<int>(kRounds / took.count()));
  std::printf("[ chart    ] %.0f executions/s\n", kRounds / took.count());
  EXPECT_GT(kRounds / took.count(), 5'000);
}

}  // namespace
}  // namespace gamekeeper::graphql
