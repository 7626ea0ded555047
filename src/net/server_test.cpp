#include <thread>

#include "net/server_for_test.h"

namespace gamekeeper::net::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::string get(std::string_view path, std::string_view headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n";
}
TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  start();
  RawClient client(port());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(get("/health"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"status":"ok"})");
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
    EXPECT_EQ(answer.headers.at("x-request-id").size(), 36u);
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
    EXPECT_TRUE(answer.headers.contains("date"));
    EXPECT_FALSE(answer.headers.contains("connection"));
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  RawClient client(port());
  std::string all;
  for (int i = 0; i < 200; ++i) all += i % 2 ? post("/echo", std::to_string(i)) : get("/things/" + std::to_string(i));
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(client.read().body, std::to_string(i) + (i % 2 ? "" : "|none"));
  }
}

TEST_F(ServerTest, PipelinesAroundTheEndOfTheReadBuffer) {
  start();
  RawClient client(port());
  std::thread sender([&] {
    for (int i = 0; i < 200; ++i) client.send(post("/size", std::string(static_cast<size_t>(i * 997), 'b')));
  });
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.read().body, std::to_string(i * 997));
  sender.join();
}

TEST_F(ServerTest, TakesARequestByteByByte) {
  start();
  RawClient client(port());
  for (char c : post("/echo", "hello")) ASSERT_TRUE(client.send({&c, 1}));
  EXPECT_EQ(client.read().body, "hello");
}

TEST_F(ServerTest, ClosesWhenAskedTo) {
  start();
  RawClient client(port());
  EXPECT_EQ(client.ask(get("/health", "Connection: close\r\n")).headers.at("connection"), "close");
  EXPECT_TRUE(client.is_closed_by_peer());

  RawClient old(port());
  EXPECT_EQ(old.ask("GET /health HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(old.is_closed_by_peer());

  RawClient old_kept(port());
  EXPECT_EQ(old_kept.ask("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").headers.at("connection"),
            "keep-alive");
  EXPECT_EQ(old_kept.ask("GET /health HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(ServerTest, GivesAHeadWithoutABody) {
  start();
  RawClient client(port());
  client.send("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = client.read(5000, true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "15");
  EXPECT_EQ(client.ask(get("/health")).body, R"({"status":"ok"})");
}

TEST_F(ServerTest, DecodesParametersAndQueries) {
  start();
  EXPECT_EQ(ask(get("/things/a%2Fb%20c?x=1&q=%C3%A4+b")).body, "a/b c|\xC3\xA4 b");
  EXPECT_EQ(ask(get("http://x/things/7?q=1")).body, "7|1");
  EXPECT_EQ(ask(get("/things/")).body, "<html>") << "a parameter is never empty, so this is no route";
}

TEST_F(ServerTest, SaysWhichMethodsAPathKnows) {
  start();
  const auto answer = ask("DELETE /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.at("allow"), "GET, HEAD, OPTIONS");
  EXPECT_NE(answer.body.find(R"("code":"method_not_allowed")"), std::string::npos);
  EXPECT_EQ(ask("BREW /health HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
  const auto options = ask("OPTIONS /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.at("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status, 204);
}

TEST(Router, AllowsWhatAnyPatternOfThePathKnows) {
  Router router;
  const auto add = [&router](Method method, const char* pattern) { router.add(method, pattern, {}, "", Handler()); };
  add(Method::kPost, "/letters/replay");
  add(Method::kPut, "/letters/{id}");
  add(Method::kGet, "/letters/{id}");
  EXPECT_EQ(router.find(Method::kPatch, "/letters/replay").allow, "GET, HEAD, POST, PUT, OPTIONS");
  EXPECT_EQ(router.find(Method::kPost, "/letters/7").allow, "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(router.find(Method::kPost, "/letters").allow, "") << "no pattern ends there";
  EXPECT_EQ(router.find(Method::kGet, "/letters/replay").route->pattern, "/letters/{id}");
}

TEST_F(ServerTest, AnswersUnknownPathsByWhoAsks) {
  start();
  EXPECT_EQ(ask(get("/demo")).body, "<html>");
  EXPECT_EQ(ask(get("/api/v1/nope")).status, 404);
  EXPECT_EQ(ask(get("/api/v1/nope", "Accept: text/html\r\n")).status, 404);
  EXPECT_EQ(ask(get("/players/7", "Accept: text/html,*/*\r\n")).body, "<html>");
  EXPECT_EQ(ask(get("/assets/app.js")).body, "<html>");
  EXPECT_EQ(ask(get("/%2e%2e/etc/passwd.txt")).status, 404);
}

TEST_F(ServerTest, ShapesAnErrorAsAProblem) {
  start();
  const auto answer = ask(get("/refused", "X-Request-ID: abc 1\r\n"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(answer.headers.at("x-request-id"), "abc 1");
  EXPECT_EQ(answer.body,
            R"({"type":"urn:gamekeeper:problem:bad_thing","title":"Bad Request","status":400,"code":"bad_thing",)"
            R"("detail":"The \"thing\" is bad.","field":"thing","limit":"10","request_id":"abc 1"})");
}

TEST_F(ServerTest, HidesWhyAHandlerBroke) {
  start();
  RawClient client(port());
  const auto answer = client.ask(get("/broken"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_NE(answer.body.find(R"("code":"internal")"), std::string::npos);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_EQ(client.ask(get("/health")).status, 200);
  EXPECT_EQ(client.ask(get("/health", "Authorization: throw\r\n")).status, 500);
}

TEST_F(ServerTest, AdmitsBeforeItReadsTheBody) {
  start();
  RawClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: none\r\nContent-Length: 1000000\r\n\r\n");
  const auto answer = client.read();
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.headers.at("www-authenticate"), "Bearer");
  EXPECT_EQ(answer.headers.at("connection"), "close");

  RawClient kept(port());  // a small body is skipped, and the connection goes on
  EXPECT_EQ(kept.ask(post("/echo", "hello", "Authorization: none\r\n")).status, 401);
  EXPECT_EQ(kept.ask(get("/health")).status, 200);
}

TEST_F(ServerTest, TellsWhenToComeBack) {
  start();
  const auto answer = ask(get("/health", "Authorization: fast\r\n"));
  ASSERT_EQ(answer.status, 429) << answer.body;
  EXPECT_EQ(answer.headers.at("retry-after"), "2");
  EXPECT_EQ(answer.headers.at("ratelimit-limit"), "10");
}

TEST_F(ServerTest, ReplaysAndRecordsIdempotentRequests) {
  start();
  EXPECT_EQ(ask(post("/once", "a")).body, "a");
  EXPECT_EQ(guard_.finished, 1);
  EXPECT_EQ(ask(post("/once", "a", "Idempotency-Key: known\r\n")).body, R"("replayed")");
  EXPECT_EQ(guard_.finished, 1);
  EXPECT_EQ(ask(post("/once/broken", "a")).status, 500);
  EXPECT_EQ(guard_.finished, 2);
  EXPECT_EQ(guard_.last_status, 500);
}

TEST_F(ServerTest, ContinuesATrace) {
  start();
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto answer = ask(get("/health", "traceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n"));
  EXPECT_EQ(answer.headers.at("traceparent").substr(3, 32), trace);
  EXPECT_NE(answer.headers.at("traceparent").substr(36, 16), "b7ad6b7169203331");
  EXPECT_NE(ask(get("/health", "traceparent: rubbish\r\n")).headers.at("traceparent").substr(3, 32), trace);
}

TEST_F(ServerTest, TellsTheTracer) {
  std::string name, parent;
  std::atomic<int> status{0};
  options_.tracer = [&](const SpanRecord& span) {
    name = span.name;
    parent = span.parent_span_id;
    EXPECT_GE(span.end_ns, span.start_ns);
    status = span.status;
  };
  start();
  ask(get("/things/7", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"));
  for (int i = 0; i < 100 && status == 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(status, 200);
  EXPECT_EQ(name, "/things/{id}");
  EXPECT_EQ(parent, "b7ad6b7169203331");
}

TEST_F(ServerTest, MakesItsOwnIdForAnUnfitOne) {
  start();
  EXPECT_EQ(ask(get("/health", "X-Request-ID: " + std::string(129, 'a') + "\r\n")).headers.at("x-request-id").size(),
            36u);
  EXPECT_EQ(ask(get("/health", "X-Request-ID: \xC3\xA4\r\n")).headers.at("x-request-id").size(), 36u);
}

TEST_F(ServerTest, DropsAHeaderThatWouldSplitTheHead) {
  start();
  const auto answer = ask(get("/split"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.headers.contains("injected"));
}

TEST_F(ServerTest, LetsAllowedPagesIn) {
  options_.allowed_origins = {"https://game.example"};
  start();
  const auto preflight =
      ask("OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://game.example\r\nAccess-Control-Request-Method: "
          "POST\r\n\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.headers.at("access-control-allow-origin"), "https://game.example");
  EXPECT_EQ(preflight.headers.at("access-control-allow-methods"), "POST, OPTIONS");
  EXPECT_NE(preflight.headers.at("access-control-allow-headers").find("Idempotency-Key"), std::string::npos);
  EXPECT_EQ(ask(get("/health", "Origin: https://game.example\r\n")).headers.at("access-control-allow-origin"),
            "https://game.example");

  const auto foreign =
      ask("OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: "
          "POST\r\n\r\n");
  EXPECT_EQ(foreign.status, 403);
  EXPECT_FALSE(foreign.headers.contains("access-control-allow-origin"));
  EXPECT_FALSE(ask(get("/health", "Origin: https://evil.example\r\n")).headers.contains("access-control-allow-origin"));
}

TEST_F(ServerTest, CompressesTextThatPays) {
  start();
  const auto gzip = ask(get("/text", "Accept-Encoding: gzip, deflate\r\n"));
  EXPECT_EQ(gzip.headers.at("content-encoding"), "gzip");
  EXPECT_LT(gzip.body.size(), 200u);
  EXPECT_EQ(gzip.headers.at("vary"), "Accept-Encoding");
  EXPECT_EQ(ask(get("/text", "Accept-Encoding: gzip, br\r\n")).headers.at("content-encoding"), "br");
  EXPECT_EQ(ask(get("/text", "Accept-Encoding: br;q=0, gzip;q=0.0\r\n")).body.size(), 5000u);
  EXPECT_FALSE(ask(get("/health", "Accept-Encoding: gzip\r\n")).headers.contains("content-encoding"));
}

TEST_F(ServerTest, SendsALongAnswerToASlowReader) {
  start();
  RawClient client(port());
  client.send(get("/long"));
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(client.read().body.size(), 20'000'000u);
}

TEST_F(ServerTest, SaysThatThePortIsTaken) {
  start();
  ServerOptions options;
  options.port = port();
  options.threads = 2;
  Server second(options, router_, guard_);
  auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "port_in_use");
  options.address = "not an address";
  auto unread = Server(options, router_, guard_).start();
  ASSERT_FALSE(unread);
  EXPECT_EQ(unread.error().code, "bad_address");
}

TEST_F(ServerTest, StopsIdleConnectionsAndFinishesOpenRequests) {
  start();
  RawClient idle(port()), busy(port());
  EXPECT_EQ(idle.ask(get("/health")).status, 200);
  busy.send(get("/slow"));
  std::this_thread::sleep_for(50ms);
  const auto began = Clock::now();
  std::thread stopper([&] { server_->stop(); });
  EXPECT_TRUE(idle.is_closed_by_peer());
  const auto late = busy.read();
  EXPECT_EQ(late.body, R"("late")");
  EXPECT_EQ(late.headers.at("connection"), "close");
  busy.close();
  stopper.join();
  EXPECT_LT(Clock::now() - began, 2s);
}

TEST_F(ServerTest, StopsInTimeUnderHandlersThatHang) {
  options_.drain_deadline = 0s;
  start();
  RawClient busy(port());
  busy.send(get("/slow"));
  std::this_thread::sleep_for(50ms);
  const auto began = Clock::now();
  server_->stop();
  EXPECT_LT(Clock::now() - began, 1s);
}

TEST_F(ServerTest, SharesItsPortAmongThreads) {
  options_.threads = 3;
  start();
  std::atomic<int> good{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      for (int n = 0; n < 20; ++n) good += ask(post("/echo", "hi")).body == "hi";
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 160);
}

TEST_F(ServerTest, MeasuresByRoute) {
  start();
  ask(get("/things/1"));
  ask(get("/things/2"));
  ask(get("/api/v1/nope"));
  std::this_thread::sleep_for(250ms);
  const std::string text = metrics_.expose();
  EXPECT_NE(
      text.find(R"(gamekeeper_http_request_duration_seconds_count{method="GET",route="/things/{id}",status="2xx"} 2)"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find(R"~(route="(none)",status="4xx"} 1)~"), std::string::npos);
}

}  // namespace
}  // namespace gamekeeper::net::test
