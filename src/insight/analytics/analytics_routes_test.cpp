#include "insight/analytics/analytics_routes.h"

#include <gtest/gtest.h>

#include "insight/analytics/live_query.h"
#include "insight/analytics/testing/world.h"

namespace gamekeeper::analytics {
namespace {

using net::Method;
using testing::run;
using testing::World;

const UnixMillis kNow = *parse_time("2026-10-30T12:00:30Z");
const Principal kReader{.app = "arena", .kind = PrincipalKind::kReadKey};

class Routes : public ::testing::Test {
 protected:
  Routes() {
    add_analytics_routes(
        router_, world_.analytics,
        {.authenticate = [](std::string authorization, std::string app) -> Task<Result<Principal>> {
           if (authorization == "Bearer read") co_return kReader;
           if (authorization == "Bearer write") co_return Principal{.app = "arena", .kind = PrincipalKind::kWriteKey};
           co_return fail(ErrorKind::kUnauthenticated, "unauthenticated", "No.");
         },
         .page = [](const net::Request&) { return net::Response{.body = "the page", .content_type = "text/html"}; }});
  }

  net::Response call(Method method, std::string path, std::vector<net::HeaderView> headers, std::string body = {},
                     std::string query = {}) {
    const auto match = router_.find(method, path);
    GK_CHECK(match.route != nullptr, "the route exists");
    net::Request request;
    request.method = method, request.path = path, request.query = query, request.headers = headers;
    body.reserve(body.size() + 64);
    request.body = body;
    auto response = run(match.route->handler(request, kReader));
    return response ? *response : net::problem(response.error(), "r");
  }
  net::Response post(std::string body, std::string accept = "application/graphql-response+json",
                     std::string type = "application/json") {
    return call(Method::kPost, "/graphql", {{"Content-Type", type}, {"Accept", accept}}, std::move(body));
  }
  net::Response get(std::string query, std::string accept = "application/graphql-response+json",
                    std::string authorization = "Bearer read") {
    return call(Method::kGet, "/graphql", {{"Authorization", authorization}, {"Accept", accept}}, {}, std::move(query));
  }

  World world_{kNow};
  net::Router router_;
};

TEST_F(Routes, StatusFollowsTheMediaType) {
  const std::string good = R"({"query":"{__typename}"})", bad = R"({"query":"{nope}"})", broken = R"({"query":"{"})";
  EXPECT_EQ(post(good).status, 200);
  EXPECT_EQ(post(good).content_type, "application/graphql-response+json; charset=utf-8");
  EXPECT_EQ(post(good).body, R"({"data":{"__typename":"Query"}})");
  EXPECT_EQ(post(bad).status, 400);
  EXPECT_EQ(post(broken).status, 400);
  EXPECT_EQ(post(bad, "application/json").status, 200);
  EXPECT_EQ(post(broken, "").status, 200);
  EXPECT_EQ(post(good, "*/*").content_type, "application/json; charset=utf-8");
  for (const char* accept : {"application/json", "application/graphql-response+json"}) {
    EXPECT_EQ(post("{", accept).status, 400);
    EXPECT_EQ(post("{}", accept).status, 400);
    EXPECT_EQ(post("[" + good + "]", accept).status, 400);
  }
  EXPECT_EQ(post(good, "text/plain").status, 406);
  EXPECT_EQ(post(good, "", "text/plain").status, 415);
  EXPECT_NE(post(good, "", "text/plain").body.find("\"status\":415"), std::string::npos);
}

TEST_F(Routes, GetAnswersQueriesAndShowsThePage) {
  EXPECT_EQ(get("query=%7B__typename%7D").status, 200);
  EXPECT_EQ(get("query=mutation%7B__typename%7D").status, 400);  // the schema has no mutations
  EXPECT_EQ(get("query=subscription%7Boverview%7BplayersOnline%7D%7D").status, 405);
  EXPECT_EQ(get("").status, 400);
  EXPECT_EQ(get("query=%7B__typename%7D&variables=%5B").status, 400);
  EXPECT_EQ(get("query=%7B__typename%7D", "application/json", "Bearer nobody").status, 401);
  EXPECT_EQ(get("query=%7B__typename%7D", "application/json", "Bearer write").status, 403);
  const auto page = get("", "text/html,*/*;q=0.8", "");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "the page");
}

TEST_F(Routes, TheSameRequestIsAnsweredFromMemory) {
  world_.send_and_fold({{.time = kNow - 60'000, .id = 1}});
  const std::string body =
      R"({"query":"{series(metric:EVENTS,step:HOUR,from:\"2026-10-30T00:00:00Z\",to:\"2026-10-31T00:00:00Z\"){total}}"})";
  EXPECT_EQ(post(body).body, R"({"data":{"series":[{"total":1}]}})");
  const size_t scans = world_.series.scans;
  EXPECT_EQ(post(body).body, R"({"data":{"series":[{"total":1}]}})");
  EXPECT_EQ(world_.series.scans, scans);
  world_.send_and_fold({{.time = kNow - 60'000, .id = 2}});
  EXPECT_EQ(post(body).body, R"({"data":{"series":[{"total":2}]}})");
}

TEST_F(Routes, AdministrationShowsPipelineAndNames) {
  world_.send_and_fold({{.name = "jump", .time = kNow, .id = 1}, {.time = kNow, .id = 2}, {.time = kNow, .id = 3}});
  EXPECT_EQ(call(Method::kGet, "/api/v1/admin/events/names", {}).body,
            R"({"items":[{"name":"tick","count":2},{"name":"jump","count":1}],"next_cursor":null})");
  const std::string body = call(Method::kGet, "/api/v1/admin/pipeline", {}).body;
  EXPECT_NE(body.find(R"("dead_letters":3)"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("lag_events":0)"), std::string::npos) << body;
}

TEST_F(Routes, ASubscriptionPushesWhatChanged) {
  auto started = run(start_live(world_.analytics, kReader,
                                {.query = "subscription{series(metric:EVENTS,step:MINUTE){key time value}}"}));
  ASSERT_TRUE(started.live) << started.errors;
  auto step = [&](int n) {
    return run(started.live->step(SteadyTime{} + std::chrono::hours(1) + std::chrono::milliseconds(250 * n))).answers;
  };
  EXPECT_EQ(
      step(0),
      (std::vector<std::string>{R"({"data":{"series":{"key":"","time":"2026-10-30T12:00:00.000Z","value":0}}})"}));
  EXPECT_TRUE(step(1).empty());
  world_.send_and_fold({{.time = kNow, .id = 1}});
  EXPECT_EQ(
      step(2),
      (std::vector<std::string>{R"({"data":{"series":{"key":"","time":"2026-10-30T12:00:00.000Z","value":1}}})"}));
  world_.send({.time = kNow, .id = 2});
  world_.clock.advance(60'000);
  world_.send_and_fold({{.time = kNow + 60'000, .id = 3}});
  EXPECT_EQ(step(3), (std::vector<std::string>{
                         R"({"data":{"series":{"key":"","time":"2026-10-30T12:00:00.000Z","value":2}}})",
                         R"({"data":{"series":{"key":"","time":"2026-10-30T12:01:00.000Z","value":1}}})"}));
}

TEST_F(Routes, ASubscriptionThatCannotRunIsRefused) {
  auto errors = [&](std::string query) {
    return run(start_live(world_.analytics, kReader, {.query = std::move(query)})).errors;
  };
  EXPECT_NE(errors("subscription{series(metric:REVENUE,step:DAY){value}}").find("currency_required"),
            std::string::npos);
  EXPECT_NE(errors("subscription{nope}").find("graphql_validation_failed"), std::string::npos);
  auto query = run(start_live(world_.analytics, kReader, {.query = "{__typename}"}));
  const auto step = run(query.live->step({}));
  EXPECT_TRUE(step.done);
  EXPECT_EQ(step.answers, (std::vector<std::string>{R"({"data":{"__typename":"Query"}})"}));
}

}  // namespace
}  // namespace gamekeeper::analytics
