#include "net/http_client.h"

#include <boost/asio/detached.hpp>
#include <thread>

#include "net/server_for_test.h"

namespace gamekeeper::net::test {
namespace {

using namespace std::chrono_literals;

TEST(PublicAddress, IsNotOneOfTheSpecialOnes) {
  for (const char* address :
       {"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_TRUE(is_public_address(address)) << address;
  }
  for (const char* address : {"127.0.0.1",
                              "127.9.9.9",
                              "0.0.0.0",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "192.0.2.1",
                              "198.18.0.1",
                              "198.51.100.7",
                              "203.0.113.7",
                              "224.0.0.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "2001:db8::1",
                              "2001::1",
                              "2002:7f00:1::",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "::127.0.0.1",
                              "64:ff9b::7f00:1",
                              "localhost",
                              ""}) {
    EXPECT_FALSE(is_public_address(address)) << address;
  }
}

class HttpClientTest : public ServerTest {
 protected:
  HttpClientTest() { start(); }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port()) + path; }
  HttpClient client_{{.threads = 1, .queue_max = 1, .allow_private = true}};
};

TEST_F(HttpClientTest, CallsAndKeepsTheConnection) {
  auto answer = client_.call_blocking({.url = url("/health")});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, R"({"status":"ok"})");
  EXPECT_EQ(answer->header("content-type"), "application/json");
  auto posted = client_.call_blocking(
      {.method = "POST", .url = url("/echo"), .headers = {{"X-Request-ID", "mine"}}, .body = "hello"});
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->body, "hello");
  EXPECT_EQ(posted->header("x-request-id"), "mine");
  EXPECT_EQ(client_.call_blocking({.url = url("/refused")})->status, 400);
  EXPECT_EQ(client_.call_blocking({.url = url("/text")})->body.size(), 5000u);  // compressed on the way
}

TEST_F(HttpClientTest, TellsItsFailuresApart) {
  auto code = [&](HttpCall call) {
    auto answer = client_.call_blocking(call);
    return answer ? std::to_string(answer->status) : answer.error().code;
  };
  EXPECT_EQ(code({.url = "ftp://example.com/"}), "bad_url");
  EXPECT_EQ(code({.url = "file:///etc/passwd"}), "bad_url");
  EXPECT_EQ(code({.url = "http://127.0.0.1:1/"}), "http_failed");
  EXPECT_EQ(code({.url = url("/slow"), .timeout = 50ms}), "http_timeout");
  EXPECT_EQ(code({.url = url("/text"), .body_bytes_max = 4999}), "answer_too_large");
  EXPECT_EQ(code({.url = url("/health"), .headers = {{"A", "b\r\nC: d"}}}), "bad_header");
}

TEST_F(HttpClientTest, DoesNotReachInside) {
  HttpClient guarded;
  const std::string tail = ":" + std::to_string(port()) + "/health";
  for (const char* host : {"127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "0", "[::ffff:127.0.0.1]"}) {
    auto answer = guarded.call_blocking({.url = "http://" + std::string(host) + tail, .timeout = 2000ms});
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().code, "address_not_allowed") << host;
  }
  EXPECT_EQ(guard_.admitted, 0);
}

TEST_F(HttpClientTest, WaitsWithoutBlockingAndBoundsItsQueue) {
  asio::io_context io;
  std::vector<std::string> outcomes;
  auto one = [](HttpClient& client, std::string url, std::vector<std::string>& out) -> Task<void> {
    auto answer = co_await client.call({.url = std::move(url)});
    out.push_back(answer ? answer->body : answer.error().code);
  };
  for (int i = 0; i < 6; ++i) asio::co_spawn(io.get_executor(), one(client_, url("/slow"), outcomes), asio::detached);
  io.run();
  ASSERT_EQ(outcomes.size(), 6u);
  EXPECT_EQ(outcomes.front(), "overloaded");
  EXPECT_EQ(outcomes.back(), R"("late")");
}

}  // namespace
}  // namespace gamekeeper::net::test
