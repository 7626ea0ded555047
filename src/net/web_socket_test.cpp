#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <thread>

#include "net/frames.h"
#include "net/raw_socket_for_test.h"
#include "net/server_for_test.h"

namespace gamekeeper::net::test {
namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;

TEST_F(ServerTest, UpgradesAndEchoes) {
  options_.socket_protocols = {"graphql-transport-ws"};
  start();
  RawClient client(port());
  client.send(kUpgrade + "Sec-WebSocket-Protocol: other, graphql-transport-ws\r\n\r\n" + text("early"));
  const auto answer = client.read(5000, true);
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.headers.at("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.headers.at("sec-websocket-protocol"), "graphql-transport-ws");
  while (client.buffered().size() < 7 && client.more()) {
  }
  EXPECT_EQ(client.buffered(),
            "\x81\x05"
            "early");
}

TEST_F(ServerTest, RefusesUnfitUpgrades) {
  options_.allowed_origins = {"https://game.example"};
  start();
  EXPECT_EQ(ask(kUpgrade + "Origin: https://evil.example\r\n\r\n").status, 403);
  EXPECT_EQ(ask(kUpgrade + "Origin: https://game.example\r\n\r\n").status, 101);
  EXPECT_EQ(ask(kUpgrade + "Origin: http://x\r\n\r\n").status, 101);
  EXPECT_EQ(ask(kUpgrade + "Authorization: none\r\n\r\n").status, 401);
  EXPECT_EQ(ask("GET /ws HTTP/1.1\r\nHost: x\r\n\r\n").status, 426);
  const auto old =
      ask("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
          "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n");
  EXPECT_EQ(old.status, 426);
  EXPECT_EQ(old.headers.at("sec-websocket-version"), "13");
  EXPECT_EQ(ask("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
                "short\r\nSec-WebSocket-Version: 13\r\n\r\n")
                .status,
            400);
  EXPECT_EQ(ask("GET /health HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n").status, 200);
}

TEST_F(ServerTest, JoinsFragmentsAndAnswersPings) {
  start();
  RawSocket client(port());
  client.send(frame(0x01, "one ") + frame(0x89, "are you there") + frame(0x00, "two ") + frame(0x80, "three"));
  const auto pong = client.read_frame();
  EXPECT_EQ(pong.opcode, 10);
  EXPECT_EQ(pong.payload, "are you there");
  EXPECT_EQ(client.read_frame().payload, "one two three");
  for (const size_t size : {0u, 125u, 126u, 65535u, 65536u}) {
    client.send(text(std::string(size, 'm')));
    EXPECT_EQ(client.read_frame().payload.size(), size);
  }
  for (char c : text("byte by byte")) client.send({&c, 1});
  EXPECT_EQ(client.read_frame().payload, "byte by byte");
}

TEST_F(ServerTest, ClosesBrokenSocketsWithTheRightCode) {
  using namespace std::string_literals;
  start();
  struct Case {
    const char* what;
    std::string bytes;
    int code;
  };
  const std::vector<Case> cases = {
      {"unmasked",
       "\x81\x01"
       "a",
       1002},
      {"a reserved bit", frame(0xC1, "a"), 1002},
      {"an unknown opcode", frame(0x83, "a"), 1002},
      {"an unknown control opcode", frame(0x8B, "a"), 1002},
      {"a fragmented ping", frame(0x09, "a"), 1002},
      {"a long ping", frame(0x89, std::string(126, 'a')), 1002},
      {"a continuation of nothing", frame(0x80, "a"), 1002},
      {"a message inside a message", frame(0x01, "a") + frame(0x81, "b"), 1002},
      {"binary", frame(0x82, "a"), 1003},
      {"not UTF-8", text("\xC3\x28"), 1007},
      {"a surrogate", text("\xED\xA0\x80"), 1007},
      {"UTF-8 cut short", text("\xE2\x82"), 1007},
      {"too large", text(std::string(65537, 'a')), 1009},
      {"too large in pieces", frame(0x01, std::string(60000, 'a')) + frame(0x80, std::string(6000, 'a')), 1009},
      {"a length that overflows", "\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1\2\3\4"s, 1009},
      {"a close of one byte", frame(0x88, "a"), 1002},
      {"a close with a reserved code", frame(0x88, "\x03\xED"), 1002},
      {"a close with code 999", frame(0x88, "\x03\xE7"), 1002},
      {"a close with a bad reason", frame(0x88, "\x03\xE8\xFF"), 1007},
      {"a good close",
       frame(0x88,
             "\x03\xE8"
             "done"),
       1000},
      {"an empty close", frame(0x88, ""), 1000},
      {"the handler's own close", text("bye"), 4000},
      {"the handler's failure", text("throw"), 1011},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    RawSocket client(port());
    client.send(c.bytes);
    auto answer = client.read_frame();
    if (answer.opcode == 1) answer = client.read_frame();  // the echo before the close
    EXPECT_EQ(answer.opcode, 8);
    EXPECT_EQ(answer.code(), c.code);
    client.send(frame(0x88, answer.payload.substr(0, 2)));
    client.half_close();
    EXPECT_TRUE(client.is_closed_by_peer());
  }
}

TEST_F(ServerTest, AnswersManyMessagesThatCameAtOnce) {
  start();
  RawSocket client(port());
  std::string all;
  for (int i = 0; i < 500; ++i) all += text(std::to_string(i));
  client.send(all);
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.read_frame().payload, std::to_string(i));
}

TEST_F(ServerTest, ClosesASlowReader) {
  start();
  RawSocket client(port());
  client.receive_buffer(4096);
  client.send(text("flood"));
  std::this_thread::sleep_for(300ms);  // reads nothing meanwhile
  int last = 0;
  for (auto f = client.read_frame(); f.opcode >= 0; f = client.read_frame()) {
    last = f.opcode == 8 ? f.code() : 0;
    if (f.opcode != 8) EXPECT_EQ(f.payload.size(), 65536u);
  }
  EXPECT_EQ(last, 1013);
  EXPECT_EQ(ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(ServerTest, ClosesAReaderWhoStalls) {
  options_.slow_reader_stall = 300ms;
  start();
  RawSocket reads(port()), stalls(port());
  stalls.receive_buffer(4096);
  for (RawSocket* client : {&reads, &stalls}) client->send(text("forty"));  // fewer than the queue holds
  for (int i = 0; i < 40; ++i) EXPECT_EQ(reads.read_frame().payload.size(), 65536u);
  std::this_thread::sleep_for(1500ms);
  int frames = 0, last = 0;
  for (auto f = stalls.read_frame(); f.opcode >= 0; f = stalls.read_frame()) {
    last = f.opcode == 8 ? f.code() : 0;
    frames += f.opcode == 1;
  }
  EXPECT_EQ(last, 1013);
  EXPECT_LT(frames, 40);
  reads.send(text("still here"));
  EXPECT_EQ(reads.read_frame().payload, "still here");
}

TEST_F(ServerTest, GivesUpAReaderThatNeverReads) {
  options_.slow_reader_linger = 1500ms;
  start();
  RawSocket client(port());
  client.receive_buffer(4096);
  client.send(text("flood"));
  std::this_thread::sleep_for(3500ms);
  const std::string metrics = metrics_.expose();
  EXPECT_NE(metrics.find("gamekeeper_http_connections 0"), std::string::npos);
}

TEST_F(ServerTest, ReadsUntilADeadlineAndOn) {
  start();
  RawSocket client(port());
  client.send(text("late"));
  EXPECT_EQ(client.read_frame().payload, "read_timeout");
  client.send(text("still here"));
  EXPECT_EQ(client.read_frame().payload, "still here");
}

TEST_F(ServerTest, SaysGoingAwayWhenItStops) {
  start();
  RawSocket client(port());
  client.send(text("hello"));
  EXPECT_EQ(client.read_frame().payload, "hello");
  std::thread stopper([&] { server_->stop(); });
  const auto last = client.read_frame();
  EXPECT_EQ(last.opcode, 8);
  EXPECT_EQ(last.code(), 1001);
  client.send(frame(0x88, last.payload));
  client.close();
  stopper.join();
}

TEST_F(ServerTest, SpeaksWithBeast) {
  start();
  asio::io_context io;
  beast::websocket::stream<asio::ip::tcp::socket> socket(io);
  socket.next_layer().connect({asio::ip::address_v4::loopback(), port()});
  socket.handshake("x", "/ws");
  socket.auto_fragment(true);
  socket.write_buffer_bytes(1000);
  for (const size_t size : {1u, 999u, 30'000u, 65'536u}) {
    const std::string message(size, 'b');
    socket.write(asio::buffer(message));
    beast::flat_buffer in;
    socket.read(in);
    EXPECT_EQ(beast::buffers_to_string(in.data()), message);
  }
  socket.close(beast::websocket::close_reason(beast::websocket::close_code(4321), "enough"));
  EXPECT_EQ(socket.reason().code, 4321);
}

TEST(FrameDecoder, SurvivesAnyBytes) {
  uint64_t seed = 7;
  auto random = [&] {
    return static_cast<char>((seed = seed * 6364136223846793005ULL + 1442695040888963407ULL) >> 56);
  };
  for (int round = 0; round < 20'000; ++round) {
    FrameDecoder decoder(1000);
    std::string bytes = frame(round % 2 ? 0x81 : 0x01, "some text") + frame(0x80, "more");
    for (int n = 0; n < 3; ++n) bytes[static_cast<uint8_t>(random()) % bytes.size()] = random();
    std::string_view in = bytes;
    while (!in.empty()) {
      const auto event = decoder.next(in);
      if (event == FrameDecoder::Event::kBroken) break;
      if (event == FrameDecoder::Event::kText) decoder.done();
      EXPECT_LE(decoder.message().size(), 1000u);
    }
  }
}

TEST(ClosePayload, IsCutAtACharactersEnd) {
  std::string reason(122, 'a');
  reason += "\xC3\xA4";
  EXPECT_EQ(close_payload(1000, reason).size(), 124u);
  EXPECT_EQ(close_payload(1000, std::string(500, 'a')).size(), 125u);
}

}  // namespace
}  // namespace gamekeeper::net::test
