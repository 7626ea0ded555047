// The first byte chooses: a request's head, a chunked body, or a compressed one.
#include <cstring>
#include <memory>

#include "net/body.h"
#include "net/encoding.h"
#include "net/head_parser.h"
#include "net/text.h"

namespace gamekeeper::fuzz {
namespace {

using net::HeadScanner;

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_head(std::string_view bytes) {
  size_t size = 0;
  HeadScanner scanner;
  const auto found = scanner.scan(bytes, size);
  // However the bytes come, the answer is the same.
  HeadScanner slow;
  size_t slow_size = 0;
  auto slow_found = HeadScanner::Found::kMore;
  for (size_t n = 1; n <= bytes.size() && slow_found == HeadScanner::Found::kMore; ++n) {
    slow_found = slow.scan(bytes.substr(0, n), slow_size);
  }
  GK_CHECK(found == slow_found && size == slow_size, "pieces make no difference");
  if (found != HeadScanner::Found::kEnd) return;
  const std::string_view text = bytes.substr(0, size);
  net::Head head;
  if (auto refused = net::parse_head(text, {}, head)) {
    GK_CHECK(refused->status >= 400 && refused->status < 600 && refused->detail[0] != 0, "a refusal says why");
    return;
  }
  // An absolute target without a path has the path of all servers.
  GK_CHECK(head.path == "/" || inside(head.path, text), "the path points into the head");
  GK_CHECK(inside(head.query, text) && inside(head.host, text), "views point into the head");
  for (const auto& h : head.headers) GK_CHECK(net::is_token(h.name) && inside(h.value, text), "headers are headers");
  GK_CHECK(head.path.starts_with('/') || head.path == "*", "a path is a path");
  GK_CHECK(!(head.chunked && head.content_length > 0), "a body has one length");
  GK_CHECK(text.find('\0') == text.npos, "no NUL gets in");
  (void)net::decode_percent(head.path, false);
  (void)net::decode_percent(head.query, true);
  (void)net::choose_coding(head.accept_encoding);
}

void check_chunks(std::string_view bytes) {
  constexpr size_t kMost = 4096;
  net::Body whole, pieces;
  net::ChunkedDecoder at_once(kMost), by_bytes(kMost);
  size_t used = 0, used_by_bytes = 0;
  const auto state = at_once.feed(bytes, whole, used);
  auto slow = net::ChunkedDecoder::State::kMore;
  while (slow == net::ChunkedDecoder::State::kMore && used_by_bytes < bytes.size()) {
    size_t n = 0;
    slow = by_bytes.feed(bytes.substr(used_by_bytes, 1), pieces, n);
    used_by_bytes += n;
  }
  GK_CHECK(state == slow, "pieces make no difference");
  if (state == net::ChunkedDecoder::State::kEnd) {
    GK_CHECK(used == used_by_bytes && whole.view() == pieces.view(), "pieces make no difference to the body");
  }
  GK_CHECK(whole.size() <= kMost, "the limit holds");
}

void check_compressed(std::string_view coding, std::string_view bytes) {
  constexpr size_t kMost = 32 * 1024;
  static net::Body out;
  auto ok = net::decompress(coding, bytes, kMost, out);
  GK_CHECK(out.size() <= kMost + (ok ? 0 : 1), "a bomb is cut at the limit, or one byte later");
  if (!ok)
    GK_CHECK(ok.error().kind == ErrorKind::kTooLarge || ok.error().kind == ErrorKind::kInvalid, "the caller's fault");
}

}  // namespace
}  // namespace gamekeeper::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gamekeeper::fuzz;
  if (size == 0) return 0;
  // A copy of its own, so that reading past its end is seen.
  const auto copy = std::make_unique<char[]>(size - 1);
  std::memcpy(copy.get(), data + 1, size - 1);
  const std::string_view bytes(copy.get(), size - 1);
  switch (data[0] % 8) {
    case 1:
      check_chunks(bytes);
      break;
    case 2:
      check_compressed("gzip", bytes);
      break;
    case 3:
      check_compressed("zstd", bytes);
      break;
    case 4:
      check_compressed("br", bytes);
      break;
    default:
      check_head(bytes);
  }
  return 0;
}
