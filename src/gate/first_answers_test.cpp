#include "gate/first_answers.h"
#include "base/base64.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gate/sealed_answer.h"
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

/// The bytes, and whatever base64url in them stands for, wrapped up to `layers` times. An answer that was not sealed
/// would lie there as base64url of a record in which the body is base64url once more.
void unwrap(const std::string& bytes, int layers, std::vector<std::string>& out) {
  out.push_back(bytes);
  if (layers == 0) return;
  const auto in_base64url = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
  for (auto at = bytes.begin(); at != bytes.end();) {
    const auto end = std::find_if_not(at, bytes.end(), in_base64url);
    for (const auto start = at; end - at >= 16 && at - start < 4; ++at) {  // four characters are three bytes
      if (auto decoded = from_base64url(std::string(at, at + (end - at) / 4 * 4))) unwrap(*decoded, layers - 1, out);
    }
    at = end == bytes.end() ? end : end + 1;
  }
}

TEST_F(FirstAnswersTest, TheStoreHoldsNeitherTheAnswersSecretNorTheKeyNorTheBody) {
  const std::string answer = body_of({.key = "a-rather-random-key", .body = R"({"password":"hunter2-hunter2"})"});
  std::vector<std::string> held;
  for (const auto& file : std::filesystem::directory_iterator(room.folder.path())) {
    std::ifstream in(file.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    unwrap(bytes.str(), 3, held);
  }
  bool found_record = false;
  for (const std::string& bytes : held) {
    found_record |= bytes.contains("\"sealed\"");
    for (const std::string& secret : {answer, std::string("Location"), std::string("a-rather-random-key"),
                                      std::string("hunter2"), std::string("fingerprint")})
      EXPECT_FALSE(bytes.contains(secret)) << secret;
  }
  EXPECT_TRUE(found_record) << "the test looks where the answer does not lie";
}

TEST(SealedAnswer, OpensUnderItsOwnKeyAloneAndUndamaged) {
  const Digest key = digest_of_parts({"key"}), asked = digest_of_parts({"asked"});
  const std::string sealed = seal_answer({.status = 201, .body = "secret"}, asked, key);
  EXPECT_EQ(open_answer(sealed, key)->answer.body, "secret");
  EXPECT_EQ(open_answer(sealed, key)->fingerprint, asked);
  for (const Digest& other : {Digest{}, digest_of_parts({"other"})}) EXPECT_FALSE(open_answer(sealed, other));
  for (size_t i = 0; i + 1 < sealed.size(); ++i) {  // the last character has bits that stand for nothing
    std::string damaged = sealed;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_answer(damaged, key)) << i;
  }
  EXPECT_NE(seal_answer({.body = "secret"}, asked, key), seal_answer({.body = "secret"}, asked, key))
      << "no nonce twice";
}

TEST_F(FirstAnswersTest, KeysAreShortAndPlain) {
  EXPECT_EQ(body_of({.key = std::string(129, 'k')}), "bad_idempotency_key");
  EXPECT_EQ(body_of({.key = "a\tb"}), "bad_idempotency_key");
  EXPECT_EQ(body_of({.key = std::string(128, 'k')}), "{\"secret\":\"gk_1\"}");
}

}  // namespace
}  // namespace gamekeeper::gate
