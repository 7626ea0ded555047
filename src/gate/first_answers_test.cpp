#include "gate/first_answers.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "gate/testing/room.h"

namespace gamekeeper::gate {
namespace {

using net::Response;
using Replay = net::Guard::Replay;
using testing::Call;
using testing::Process;
using testing::Room;
using testing::run;

const Principal kAda{.app = "demo", .kind = PrincipalKind::kAdmin, .subject = "ada"};

struct Write {
  std::string key = "k1", body = R"({"a":1,"b":[2]})", path = "/api/v1/things", query = {};
  Principal who = kAda;
};

class FirstAnswersTest : public ::testing::Test {
 protected:
  Room room;
  Process here{*room.store};
  int done = 0;

  /// What the server does with a write: the body of the answer tells how many times it was really done.
  Task<Result<Response>> perform(FirstAnswers& answers, Write write, int status = 201,
                                 std::chrono::milliseconds takes = {}) {
    Call call({{"Idempotency-Key", write.key}}, net::Method::kPost, write.path);
    call.with_body(write.body);
    call.request().query = write.query;
    auto begun = co_await answers.begin(call.request(), write.who);
    if (!begun) co_return std::unexpected(begun.error());
    if (begun->replayed) co_return std::move(begun->response);
    if (takes.count() > 0) co_await sleep_for(takes);
    Response response{.status = status,
                      .body = "{\"secret\":\"gk_" + std::to_string(++done) + "\"}",
                      .headers = {{"Location", "/x"}}};
    if (!begun->ticket.empty()) co_await answers.finish(std::move(begun->ticket), response);
    co_return response;
  }
  std::string body_of(const Write& write, int status = 201) {
    auto response = run(perform(here.answers, write, status));
    return response ? response->body : response.error().code;
  }
};

TEST_F(FirstAnswersTest, ARepeatGetsTheFirstAnswer) {
  auto first = run(perform(here.answers, {})), second = run(perform(here.answers, {}));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(second->status, 201);
  EXPECT_EQ(second->body, first->body);
  EXPECT_EQ(second->content_type, first->content_type);
  EXPECT_EQ(second->headers,
            (std::vector<std::pair<std::string, std::string>>{{"Location", "/x"}, {"Idempotency-Replayed", "true"}}));
}

TEST_F(FirstAnswersTest, WithoutAKeyEveryWriteIsDone) {
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(run(perform(here.answers, {.key = ""})));
  EXPECT_EQ(done, 3);
}

TEST_F(FirstAnswersTest, TheSameDocumentInAnotherSpellingIsTheSameBody) {
  const std::string first = body_of({});
  EXPECT_EQ(body_of({.body = " {\"b\" : [2.0], \"\\u0061\":1e0}\n"}), first);
  EXPECT_EQ(done, 1);
}

TEST_F(FirstAnswersTest, AnotherBodyOrQueryIsRefused) {
  body_of({});
  for (const char* body : {R"({"a":1,"b":[3]})", R"({"a":"1","b":[2]})", R"({"a":1})", "", "no json"})
    EXPECT_EQ(body_of({.body = body}), "idempotency_key_reused") << body;
  EXPECT_EQ(body_of({.query = "x=1"}), "idempotency_key_reused");
  EXPECT_EQ(run(perform(here.answers, {.body = "{}"})).error().kind, ErrorKind::kUnprocessable);
  EXPECT_EQ(done, 1);
}

TEST_F(FirstAnswersTest, BodiesThatAreNoJsonAreComparedByTheByte) {
  const std::string first = body_of({.body = "a b"});
  EXPECT_EQ(body_of({.body = "a b"}), first);
  EXPECT_EQ(body_of({.body = "a  b"}), "idempotency_key_reused");
}

TEST_F(FirstAnswersTest, KeysAreThePrincipalsAndTheRoutesOwn) {
  Principal bob = kAda, other_app = kAda, server = kAda;
  bob.subject = "bob";
  other_app.app = "other";
  server.kind = PrincipalKind::kServerKey;
  for (const Write& write : {Write{}, Write{.key = "k2"}, Write{.path = "/api/v1/others"}, Write{.who = bob},
                             Write{.who = other_app}, Write{.who = server}})
    body_of(write);
  EXPECT_EQ(done, 6);
}

TEST_F(FirstAnswersTest, RefusalsAreAnswersButFailuresAreTriedAgain) {
  const std::string refused = body_of({.key = "a"}, 409);
  EXPECT_EQ(body_of({.key = "a"}, 201), refused);
  for (const int status : {429, 500, 503, 507}) {
    const std::string key = std::to_string(status), failed = body_of({.key = key}, status);
    EXPECT_NE(body_of({.key = key}, 201), failed) << status;
  }
}

TEST_F(FirstAnswersTest, AnswersOutliveTheProcessAndLastADay) {
  const std::string first = body_of({});
  {
    Process later(*room.store);
    later.clock.advance(FirstAnswers::kKeptMs - 1);
    EXPECT_EQ(run(perform(later.answers, {}))->body, first);
    EXPECT_EQ(run(later.answers.sweep()), 0u);
  }
  here.clock.advance(FirstAnswers::kKeptMs);
  EXPECT_NE(body_of({}), first);
  EXPECT_EQ(done, 2);
  here.clock.advance(FirstAnswers::kKeptMs + 1);
  EXPECT_EQ(run(here.answers.sweep()), 1u);
}

TEST_F(FirstAnswersTest, ATwinWaitsForTheFirstAndAnotherBodyDoesNot) {
  asio::io_context context{1};
  std::vector<std::string> bodies;
  auto start = [&](Write write) {
    asio::co_spawn(context.get_executor(), perform(here.answers, std::move(write), 201, std::chrono::milliseconds(50)),
                   [&](std::exception_ptr, Result<Response> response) {
                     bodies.push_back(response ? response->body : response.error().code);
                   });
  };
  for (int i = 0; i < 5; ++i) start({});
  start({.body = "{}"});
  context.run();
  ASSERT_EQ(bodies.size(), 6u);
  EXPECT_EQ(bodies.front(), "idempotency_key_reused");
  for (size_t i = 1; i < bodies.size(); ++i) EXPECT_EQ(bodies[i], bodies[1]);
  EXPECT_EQ(done, 1);
}

TEST_F(FirstAnswersTest, WhenTheFirstFailsATwinTriesItself) {
  asio::io_context context{1};
  std::vector<int> statuses;
  for (const int status : {503, 201, 201}) {
    asio::co_spawn(context.get_executor(), perform(here.answers, {}, status, std::chrono::milliseconds(20)),
                   [&](std::exception_ptr, Result<Response> response) { statuses.push_back(response->status); });
  }
  context.run();
  EXPECT_EQ(statuses, (std::vector<int>{503, 201, 201}));
  EXPECT_EQ(done, 2);
}

TEST_F(FirstAnswersTest, TwinsOnOtherThreadsWaitToo) {
  std::atomic<int> performed{0};
  std::vector<std::string> bodies(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      auto write = [](FirstAnswers& answers, std::atomic<int>& n) -> Task<std::string> {
        Call call({{"Idempotency-Key", "threads"}}, net::Method::kPost, "/x");
        auto begun = co_await answers.begin(call.request(), kAda);
        if (begun->replayed) co_return begun->response.body;
        co_await sleep_for(std::chrono::milliseconds(30));
        Response response{.body = std::to_string(n.fetch_add(1))};
        co_await answers.finish(begun->ticket, response);
        co_return response.body;
      };
      bodies[static_cast<size_t>(t)] = run(write(here.answers, performed));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(performed.load(), 1);
  EXPECT_EQ(bodies, std::vector<std::string>(4, "0"));
}

TEST_F(FirstAnswersTest, TheStoreHoldsNeitherTheAnswersSecretNorTheKeyNorTheBody) {
  body_of({.key = "a-rather-random-key", .body = R"({"password":"hunter2-hunter2"})"});
  for (const auto& file : std::filesystem::directory_iterator(room.folder.path())) {
    std::ifstream in(file.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    for (const char* secret : {"gk_1", "Z2tfMQ", "a-rather-random-key", "hunter2"})
      EXPECT_EQ(bytes.str().find(secret), std::string::npos) << secret;
  }
}

TEST_F(FirstAnswersTest, KeysAreShortAndPlain) {
  EXPECT_EQ(body_of({.key = std::string(129, 'k')}), "bad_idempotency_key");
  EXPECT_EQ(body_of({.key = "a\tb"}), "bad_idempotency_key");
  EXPECT_EQ(body_of({.key = std::string(128, 'k')}), "{\"secret\":\"gk_1\"}");
}

}  // namespace
}  // namespace gamekeeper::gate
