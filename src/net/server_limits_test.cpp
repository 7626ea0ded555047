#include <atomic>
#include <thread>

#include "net/encoding.h"
#include "net/server_for_test.h"

#include <brotli/encode.h>
#include <zstd.h>

namespace gamekeeper::net::test {
namespace {

using namespace std::chrono_literals;

std::string zstd(std::string_view in) {
  std::string out(ZSTD_compressBound(in.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), in.data(), in.size(), 3));
  return out;
}

std::string encode(const std::string& coding, std::string_view in) {
  if (coding == "zstd") return zstd(in);
  return compress(coding == "br" ? ContentCoding::kBrotli : ContentCoding::kGzip, in);
}

void expect_problem(const RawResponse& answer, int status, const std::string& code) {
  EXPECT_EQ(answer.status, status) << answer.body;
  EXPECT_NE(answer.body.find("\"code\":\"" + code + "\""), std::string::npos) << answer.body;
  EXPECT_EQ(answer.headers.contains("content-type") ? answer.headers.at("content-type") : "",
            "application/problem+json");
}

struct Hostile {
  const char* what;
  std::string bytes;
  int status = 400;
};

/// Requests that two servers might frame differently, or that are none.
std::vector<Hostile> hostile_requests() {
  using namespace std::string_literals;
  const std::string g = "GET /health HTTP/1.1\r\n", h = "Host: x\r\n", p = "POST /echo HTTP/1.1\r\nHost: x\r\n";
  const std::string chunked = p + "Transfer-Encoding: chunked\r\n\r\n";
  return {
      {"length and chunks", p + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunks and length", p + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
      {"two lengths, unlike", p + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
      {"two lengths, alike", p + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
      {"a list of lengths", p + "Content-Length: 3, 3\r\n\r\nabc"},
      {"a signed length", p + "Content-Length: +3\r\n\r\nabc"},
      {"a negative length", p + "Content-Length: -1\r\n\r\n"},
      {"a hexadecimal length", p + "Content-Length: 0x3\r\n\r\nabc"},
      {"an empty length", p + "Content-Length: \r\n\r\nabc"},
      {"a length with a space", p + "Content-Length: 1 2\r\n\r\nabc"},
      {"a space before the colon", p + "Content-Length : 3\r\n\r\nabc"},
      {"a tab before the colon", p + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"},
      {"an unknown transfer coding", p + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
      {"chunked not last", p + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
      {"identity", p + "Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc"},
      {"chunked twice", p + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunked after gzip", p + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked with a quote", p + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"},
      {"chunked with vertical tab", p + "Transfer-Encoding: \x0B"
                                        "chunked\r\n\r\n0\r\n\r\n"},
      {"chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"bare LF after the request line", "GET /health HTTP/1.1\nHost: x\r\n\r\n"},
      {"bare LF after a header", g + "Host: x\nA: b\r\n\r\n"},
      {"bare LF everywhere", "GET /health HTTP/1.1\nHost: x\n\n"},
      {"bare LF for the empty line", g + h + "\n"},
      {"bare CR in a value", g + h + "A: b\rC: d\r\n\r\n"},
      {"CR CR LF", g + h + "A: b\r\r\n\r\n"},
      {"a folded line", g + h + "A: b\r\n c\r\n\r\n"},
      {"a line folded by a tab", g + h + "A: b\r\n\tc\r\n\r\n"},
      {"a folded first header", g + " Host: x\r\n\r\n"},
      {"a NUL in a value", g + h + "A: b\0c\r\n\r\n"s},
      {"a NUL in a name", g + h + "A\0: b\r\n\r\n"s},
      {"a NUL in the target", "GET /hea\0lth HTTP/1.1\r\nHost: x\r\n\r\n"s},
      {"DEL in a value", g + h + "A: \x7F\r\n\r\n"},
      {"no name", g + h + ": b\r\n\r\n"},
      {"no colon", g + h + "AB\r\n\r\n"},
      {"a name in parentheses", g + h + "(A): b\r\n\r\n"},
      {"a name with UTF-8", g + h + "\xC3\xA4: b\r\n\r\n"},
      {"a space before the method", " " + g + h + "\r\n"},
      {"two empty lines first", "\r\n\r\n" + g + h + "\r\n"},
      {"two spaces after the method", "GET  /health HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a space in the target", "GET /hea lth HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a tab in the request line", "GET\t/health HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a space after the version", "GET /health HTTP/1.1 \r\nHost: x\r\n\r\n"},
      {"no version", "GET /health\r\nHost: x\r\n\r\n"},
      {"a version in lower case", "GET /health http/1.1\r\nHost: x\r\n\r\n"},
      {"a long version", "GET /health HTTP/1.10\r\nHost: x\r\n\r\n"},
      {"HTTP/2", "GET /health HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", "GET /health HTTP/1.2\r\nHost: x\r\n\r\n", 505},
      {"a method that is no token", "G@T /health HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"no Host", g + "\r\n"},
      {"two Hosts", g + h + h + "\r\n"},
      {"a Host with a path", g + "Host: x/y\r\n\r\n"},
      {"a Host with two names", g + "Host: x, y\r\n\r\n"},
      {"a target without a slash", "GET health HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a fragment", "GET /health#a HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a broken escape", "GET /things/%zz HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"an escaped NUL", "GET /things/a%00 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a high byte in the target", "GET /things/\xFF HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"another expectation", p + "Expect: 200-maybe\r\nContent-Length: 1\r\n\r\na", 417},
      {"a chunk size with a sign", chunked + "+3\r\nabc\r\n0\r\n\r\n"},
      {"a chunk size with 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n"},
      {"a chunk size with a space", chunked + "3 \r\nabc\r\n0\r\n\r\n"},
      {"a space before a chunk size", chunked + " 3\r\nabc\r\n0\r\n\r\n"},
      {"an empty chunk size", chunked + "\r\nabc\r\n0\r\n\r\n"},
      {"a negative chunk size", chunked + "-3\r\nabc\r\n0\r\n\r\n"},
      {"a chunk size that overflows", chunked + "10000000000000003\r\nabc\r\n0\r\n\r\n"},
      {"a chunk size ended by LF", chunked + "3\nabc\r\n0\r\n\r\n"},
      {"LF in a chunk's extension", chunked + "3;a\nb\r\nabc\r\n0\r\n\r\n"},
      {"a chunk longer than it says", chunked + "3\r\nabcd\r\n0\r\n\r\n"},
      {"a chunk ended by LF", chunked + "3\r\nabc\n0\r\n\r\n"},
      {"a chunk ended by CR alone", chunked + "3\r\nabc\rx0\r\n\r\n"},
      {"a last chunk ended by LF", chunked + "3\r\nabc\r\n0\n\n"},
      {"a trailer without a colon", chunked + "0\r\nabc\r\n\r\n"},
      {"a trailer with a space before its colon", chunked + "0\r\nA : b\r\n\r\n"},
      {"a trailer with a NUL", chunked + "0\r\nA: \0\r\n\r\n"s},
      {"a long chunk extension", chunked + "3;" + std::string(300, 'a') + "\r\nabc\r\n0\r\n\r\n"},
      {"a huge chunk", chunked + "7FFFFFFF\r\n", 413},
      {"a huge length", p + "Content-Length: 99999999999999999999999\r\n\r\n", 413},
  };
}

TEST_F(ServerTest, RefusesWhatCouldBeFramedInTwoWays) {
  start();
  for (const Hostile& request : hostile_requests()) {
    SCOPED_TRACE(request.what);
    RawClient client(port());
    client.send(request.bytes + "GET /health HTTP/1.1\r\nHost: smuggled\r\n\r\n");
    const auto answer = client.read();
    EXPECT_EQ(answer.status, request.status) << answer.body;
    EXPECT_EQ(answer.headers.contains("connection") ? answer.headers.at("connection") : "", "close");
    EXPECT_EQ(answer.headers.contains("content-type") ? answer.headers.at("content-type") : "",
              "application/problem+json");
    client.half_close();
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_EQ(client.buffered(), "") << "a second answer";
  }
  EXPECT_GE(hostile_requests().size(), 60u);
}

TEST_F(ServerTest, TakesWhatIsUnusualButClear) {
  start();
  EXPECT_EQ(ask("\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_EQ(ask("GET /health HTTP/1.1\r\nHost:x\r\nA:\t b \t\r\nEmpty:\r\n\r\n").status, 200);
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nTRANSFER-ENCODING: "
                "CHUNKED\r\n\r\n3;a=\"b\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nTrailer: v\r\n\r\n")
                .body,
            "abc0123456789");
  EXPECT_EQ(ask(post("/echo", "")).status, 200);
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 003\r\n\r\nabc").body, "abc");
}

TEST_F(ServerTest, TakesChunksInAnyPieces) {
  start();
  RawClient client(port());
  std::string all = "POST /size HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 300; ++i) all += "7d0\r\n" + std::string(2000, 'c') + "\r\n";
  all += "0\r\n\r\n";
  for (int round = 0; round < 2; ++round) {
    for (size_t at = 0; at < all.size(); at += 3001) client.send(std::string_view(all).substr(at, 3001));
    EXPECT_EQ(client.read().body, "600000");
  }
}

TEST_F(ServerTest, LimitsHeadsAndBodies) {
  start();
  expect_problem(ask("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"), 414, "uri_too_long");
  expect_problem(ask("GET /" + std::string(40000, 'a')), 414, "uri_too_long");
  expect_problem(ask("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(17000, 'a') + "\r\n\r\n"), 431,
                 "header_too_large");
  expect_problem(ask("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(40000, 'a')), 431, "header_too_large");
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  expect_problem(ask(many + "\r\n"), 431, "too_many_headers");
  expect_problem(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n"), 413, "body_too_large");
  EXPECT_EQ(ask(post("/size", std::string(1 << 20, 'a'))).body, "1048576");
}

TEST_F(ServerTest, AnswersATooLargeBodyThatIsStillBeingSent) {
  start();
  RawClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + std::string(600'000, 'a'));
  expect_problem(client.read(), 413, "body_too_large");
}

TEST_F(ServerTest, DecodesBodies) {
  start();
  const std::string text(100'000, 'e');
  for (const std::string coding : {"gzip", "zstd", "br"}) {
    const auto answer = ask(post("/size", encode(coding, text), "Content-Encoding: " + coding + "\r\n"));
    EXPECT_EQ(answer.body, "100000") << coding;
  }
  EXPECT_EQ(ask(post("/echo", encode("gzip", "a") + encode("gzip", "b"), "Content-Encoding: GZIP\r\n")).body, "ab");
  EXPECT_EQ(ask(post("/echo", "as is", "Content-Encoding: identity\r\n")).body, "as is");
}

TEST_F(ServerTest, CutsBombs) {
  start();
  const std::string zeros(50'000'000, '\0');
  for (const std::string coding : {"gzip", "zstd", "br"}) {
    const std::string bomb = encode(coding, zeros);
    ASSERT_LT(bomb.size(), 300'000u);
    expect_problem(ask(post("/size", bomb, "Content-Encoding: " + coding + "\r\n")), 413, "body_too_large");
  }
}

TEST_F(ServerTest, RefusesCorruptAndUnknownEncodings) {
  start();
  const std::string text(100'000, 'e');
  for (const std::string coding : {"gzip", "zstd", "br"}) {
    SCOPED_TRACE(coding);
    const std::string header = "Content-Encoding: " + coding + "\r\n", good = encode(coding, text);
    expect_problem(ask(post("/size", "rubbish that is none", header)), 400, "bad_encoding");
    expect_problem(ask(post("/size", good.substr(0, good.size() - 2), header)), 400, "bad_encoding");
    expect_problem(ask(post("/size", good + "x", header)), 400, "bad_encoding");
  }
  RawClient client(port());
  expect_problem(client.ask(post("/size", "x", "Content-Encoding: compress\r\n")), 415, "unsupported_encoding");
  expect_problem(client.ask(post("/size", "x", "Content-Encoding: gzip, br\r\n")), 415, "unsupported_encoding");
  EXPECT_EQ(client.ask(post("/size", "x")).body, "1");
}

TEST_F(ServerTest, AsksForABodyThatWaits) {
  start();
  RawClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.read().status, 100);
  EXPECT_EQ(client.ask("abc").body, "abc");

  RawClient refused(port());
  refused.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: none\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(refused.read().status, 401);
}

TEST_F(ServerTest, EndsAHeadThatNeverEnds) {
  constexpr int kLines = 45;
  options_.header_deadline = 1s;
  start();
  RawClient client(port());
  client.send("GET /health HTTP/1.1\r\n");
  std::atomic<bool> answered{false};
  int lines = 0;
  std::thread dripping([&] {
    for (; lines < kLines && !answered && client.send("A: b\r\n"); ++lines) std::this_thread::sleep_for(100ms);
  });
  expect_problem(client.read(), 408, "request_timeout");
  answered = true;
  dripping.join();
  EXPECT_LT(lines, kLines) << "the deadline is the head's, not each line's";

  RawClient silent(port());
  EXPECT_TRUE(silent.is_closed_by_peer());
  EXPECT_EQ(silent.buffered(), "");
}

TEST_F(ServerTest, EndsABodyThatDrips) {
  options_.body_rate_min = 100'000;
  start();
  RawClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  std::thread dripping([&] {
    for (int i = 0; i < 80 && client.send("b"); ++i) std::this_thread::sleep_for(100ms);
  });
  expect_problem(client.read(9000), 408, "request_timeout");
  dripping.join();
}

TEST_F(ServerTest, ClosesIdleConnections) {
  options_.idle_deadline = 1s;
  start();
  RawClient client(port());
  client.ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_EQ(client.buffered(), "");
}

TEST_F(ServerTest, TurnsAwayOneConnectionTooMany) {
  options_.connections_max = 2;
  start();
  RawClient first(port()), second(port());
  first.ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  second.ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  RawClient third(port());
  expect_problem(third.read(), 503, "overloaded");
}

TEST_F(ServerTest, LimitsTheBodiesUnderWay) {
  options_.body_bytes_in_flight_max = 600'000;
  start();
  RawClient first(port());
  first.send("POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + std::string(100'000, 'a'));
  std::this_thread::sleep_for(100ms);
  const auto refused = ask("POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n");
  expect_problem(refused, 503, "overloaded");
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  EXPECT_EQ(first.ask(std::string(400'000, 'a')).body, "500000");
  EXPECT_EQ(ask(post("/size", std::string(500'000, 'a'))).body, "500000");
}

/// What a stranger's program may send by accident: requests with bytes changed, removed and doubled. The server must
/// answer or close, and go on serving others.
TEST_F(ServerTest, SurvivesGarbledRequests) {
  options_.header_deadline = 1s;
  start();
  const std::string whole =
      "POST /echo?q=%20 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nContent-Encoding: "
      "gzip\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
  uint64_t seed = 42;
  auto random = [&](size_t n) {
    return (seed = seed * 6364136223846793005ULL + 1442695040888963407ULL, seed >> 33) % n;
  };
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = whole;
    for (size_t n = 1 + random(4); n > 0; --n) {
      const size_t at = random(bytes.size());
      switch (random(3)) {
        case 0:
          bytes[at] = static_cast<char>(random(256));
          break;
        case 1:
          bytes.erase(at, 1 + random(5));
          break;
        default:
          bytes.insert(at, bytes.substr(random(bytes.size()), random(20)));
      }
    }
    RawClient client(port());
    ASSERT_TRUE(client.is_connected());
    client.send(bytes);
    client.half_close();
    ASSERT_TRUE(client.is_closed_by_peer()) << bytes;
  }
  EXPECT_EQ(ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

}  // namespace
}  // namespace gamekeeper::net::test
