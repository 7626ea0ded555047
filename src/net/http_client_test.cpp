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

TEST(CheckedUrl, CouldBeCalled) {
  const auto code = [](const std::string& url, bool allow_private = false) {
    auto ok = check_url(url, allow_private);
    return ok ? std::string("good") : ok.error().code;
  };
  for (const char* good : {"https://example.com", "http://example.com:80/a?b=c", "https://8.8.8.8/",
                           "https://example.com:8443/", "https://[2606:4700::1111]/",
                           "https://b\xC3\xBC"
                           "cher.example/"})
    EXPECT_EQ(code(good), "good") << good;
  for (const char* bad : {"", "example.com", "/a", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
                          "http://", "http:///a", "http:/a", "http://./", "https://name:word@example.com/",
                          "https://name@example.com/", "http://example.com:22/", "http://example.com:6379x/",
                          "http://example.com:0/", "http://exa mple.com/", "https://example.com/\r\nX: y"})
    EXPECT_EQ(code(bad), "bad_url") << bad;
  EXPECT_EQ(code("https://example.com/" + std::string(2048, 'a')), "bad_url");
  for (const char* inside :
       {"http://127.0.0.1/", "http://127.1/", "http://127.0.0.1./",
        "http://\xE2\x91\xA0\xE2\x91\xA1\xE2\x91\xA6.0.0.1/", "http://2130706433/", "http://0x7f000001/",
        "http://017700000001/", "http://0/", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[fe80::1]/", "http://[64:ff9b::7f00:1]/",
        "http://10.0.0.1:8080/"}) {
    EXPECT_EQ(code(inside), "address_not_allowed") << inside;
    EXPECT_EQ(code(inside, true), "good") << inside;
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

TEST_F(HttpClientTest, BreaksOffWhatIsUnderWayWhenTold) {
  std::thread breaks([this] {
    std::this_thread::sleep_for(20ms);
    client_.abort();
  });
  auto answer = client_.call_blocking({.url = url("/slow"), .timeout = 60s});
  breaks.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
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
