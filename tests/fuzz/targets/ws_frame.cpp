// A client's bytes on a WebSocket, at once and byte by byte.
#include <string>
#include <vector>

#include "base/result.h"
#include "net/frames.h"
#include "net/text.h"

namespace gamekeeper::fuzz {
namespace {

using Event = net::FrameDecoder::Event;
constexpr size_t kMost = 2048;

/// What a connection would do with the bytes, as text.
std::vector<std::string> events_of(std::string_view bytes, size_t piece) {
  net::FrameDecoder decoder(kMost);
  std::vector<std::string> out;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    for (std::string_view in = bytes.substr(at, piece); !in.empty();) {
      switch (decoder.next(in)) {
        case Event::kMore:
          break;
        case Event::kText:
          GK_CHECK(decoder.message().size() <= kMost && net::is_utf8(decoder.message()),
                   "a text is short enough and UTF-8");
          out.push_back("text " + decoder.message());
          decoder.done();
          break;
        case Event::kPing:
          out.push_back("ping " + std::string(decoder.control()));
          break;
        case Event::kPong:
          out.push_back("pong " + std::string(decoder.control()));
          break;
        case Event::kClose:
          GK_CHECK(net::is_close_payload(decoder.control()), "a close that may be sent");
          out.push_back("close " + std::string(decoder.control()));
          return out;
        case Event::kBroken:
          out.push_back("broken " + std::to_string(decoder.error_code()));
          return out;
      }
      GK_CHECK(decoder.control().size() <= 125, "control frames are short");
    }
  }
  return out;
}

}  // namespace
}  // namespace gamekeeper::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gamekeeper;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto at_once = fuzz::events_of(bytes, size + 1);
  GK_CHECK(at_once == fuzz::events_of(bytes, 1), "pieces make no difference");
  GK_CHECK(at_once == fuzz::events_of(bytes, 7), "pieces make no difference");
  (void)net::close_payload(1008, bytes);
  return 0;
}
