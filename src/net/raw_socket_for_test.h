#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "net/raw_client_for_test.h"

namespace gamekeeper::net::test {

inline const std::string kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

/// A client's frame: masked by 1 2 3 4, its first byte as given.
inline std::string frame(int first, std::string_view payload) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    const bool small = payload.size() <= 0xFFFF;
    out += static_cast<char>(0x80 | (small ? 126 : 127));
    for (int shift = small ? 8 : 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
  }
  out += "\1\2\3\4";
  for (size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ (1 + i % 4));
  return out;
}
inline std::string text(std::string_view payload) { return frame(0x81, payload); }

/// A raw WebSocket client: what the server sends is read as (opcode, payload).
class RawSocket : public RawClient {
 public:
  explicit RawSocket(uint16_t port) : RawClient(port) {
    send(kUpgrade + "\r\n");
    EXPECT_EQ(read().status, 101);
  }

  struct Frame {
    int opcode = -1;
    std::string payload;
    int code() const {
      return payload.size() < 2 ? 0 : static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
    }
  };
  Frame read_frame(int timeout_ms = 5000) {
    auto need = [&](size_t n) {
      while (buffered().size() < n) {
        if (!more(timeout_ms)) return false;
      }
      return true;
    };
    if (!need(2)) return {};
    size_t size = static_cast<uint8_t>(buffered()[1]), head = 2;
    if (size >= 126) {
      head = size == 126 ? 4 : 10;
      if (!need(head)) return {};
      size = 0;
      for (size_t i = 2; i < head; ++i) size = size << 8 | static_cast<uint8_t>(buffered()[i]);
    }
    if (!need(head + size)) return {};
    Frame result{buffered()[0] & 0x0F, buffered().substr(head, size)};
    buffered().erase(0, head + size);
    return result;
  }
};

}  // namespace gamekeeper::net::test
