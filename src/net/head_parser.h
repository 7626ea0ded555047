#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace gamekeeper::net {

/// Why a request is answered before any handler sees it.
struct Refusal {
  int status = 400;
  const char* code = "bad_request";
  const char* detail = "";
  std::string limit = {};
  const char* field = "";
};

struct HeadLimits {
  size_t header_bytes_max = 16 * 1024;
  size_t target_bytes_max = 8 * 1024;
  size_t headers_max = 100;
};

/// The head of an HTTP/1.x request, read strictly (RFC 9112): whatever two servers might frame differently — bare LF,
/// folded lines, a space before the colon, two lengths, a length beside chunks — is refused, never repaired.
/// All views point into the parsed bytes.
struct Head {
  Method method = Method::kOther;
  std::string_view method_text, path, query;
  std::vector<HeaderView> headers;
  int minor_version = 1;
  uint64_t content_length = 0;
  bool chunked = false;
  bool keep_alive = true;
  bool upgrade = false;            // Connection: upgrade
  bool expects_continue = false;
  // The headers that the server itself reads; empty when absent.
  std::string_view host, origin, request_id, traceparent, content_encoding, accept_encoding;

  bool has_body() const { return chunked || content_length > 0; }
};

/// Where the head ends in bytes that arrive piece by piece.
class HeadScanner {
 public:
  void reset() { at_ = line_ = 0; }
  bool is_fresh() const { return at_ == 0; }
  enum class Found : uint8_t { kMore, kEnd, kBad };
  /// `bytes` is all that came so far; kEnd sets `size` to the head's length including its empty line.
  Found scan(std::string_view bytes, size_t& size);

 private:
  size_t at_ = 0, line_ = 0;
};

/// Reads one complete head (as the scanner cut it) into `head`, whose vector is reused.
std::optional<Refusal> parse_head(std::string_view bytes, const HeadLimits& limits, Head& head);

/// True for a header name or method of RFC 9110's `token`.
bool is_token(std::string_view text);

}  // namespace gamekeeper::net
