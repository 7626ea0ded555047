#include "net/head_parser.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "net/text.h"

namespace gamekeeper::net {
namespace {

enum : uint8_t { kToken = 1, kTarget = 2, kValue = 4, kHost = 8 };

/// What each byte may be part of.
constexpr std::array<uint8_t, 256> kBytes = [] {
  std::array<uint8_t, 256> table{};
  auto add = [&](std::string_view chars, uint8_t what) {
    for (char c : chars) table[static_cast<uint8_t>(c)] |= what;
  };
  constexpr std::string_view kAlphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  add(kAlphanumeric, kToken | kHost);
  add("!#$%&'*+-.^_`|~", kToken);
  add("-._~!$&'()*+;=:[]%", kHost);
  for (int c = 0x21; c < 0x7F; ++c) table[static_cast<size_t>(c)] |= kTarget;
  table['#'] &= static_cast<uint8_t>(~kTarget);
  for (int c = 0x20; c < 0x100; ++c) table[static_cast<size_t>(c)] |= kValue;
  table[0x7F] = 0;
  table['\t'] = kValue;
  return table;
}();

bool only(std::string_view text, uint8_t what) {
  for (char c : text) {
    if (!(kBytes[static_cast<uint8_t>(c)] & what)) return false;
  }
  return true;
}

Method method_of(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, Method>, 7> kMethods = {{{"GET", Method::kGet},
                                                                                   {"POST", Method::kPost},
                                                                                   {"PUT", Method::kPut},
                                                                                   {"DELETE", Method::kDelete},
                                                                                   {"HEAD", Method::kHead},
                                                                                   {"PATCH", Method::kPatch},
                                                                                   {"OPTIONS", Method::kOptions}}};
  for (const auto& [name, method] : kMethods) {
    if (text == name) return method;
  }
  return Method::kOther;
}

using Refused = std::optional<Refusal>;
constexpr std::nullopt_t kFine = std::nullopt;
Refusal bad(const char* detail) { return {.detail = detail}; }

Refused parse_target(std::string_view target, const HeadLimits& limits, Head& head) {
  if (target.size() > limits.target_bytes_max) {
    return Refusal{414, "uri_too_long", "The request's target is too long.", "8192 bytes"};
  }
  if (!only(target, kTarget)) return bad("The request's target has a character that may not stand there.");
  if (target == "*" && head.method == Method::kOptions) {
    head.path = target;
    return kFine;
  }
  for (std::string_view scheme : {"http://", "https://"}) {  // absolute form: the host is the one in Host
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const size_t slash = std::min(target.find_first_of("/?"), target.size());
    if (slash == 0) return bad("The request's target names no host.");
    target.remove_prefix(slash);
    if (target.empty()) target = "/";
    break;
  }
  const size_t question = target.find('?');
  head.path = target.substr(0, question);
  if (question != target.npos) head.query = target.substr(question + 1);
  if (!head.path.starts_with('/')) return bad("The request's target must begin with a slash.");
  for (size_t i = head.path.find('%'); i != head.path.npos; i = head.path.find('%', i + 1)) {
    auto hex = [&](size_t at) {
      return at < head.path.size() && std::isxdigit(static_cast<unsigned char>(head.path[at]));
    };
    if (!hex(i + 1) || !hex(i + 2)) return bad("The path has a percent sign that begins no escape.");
    if (head.path[i + 1] == '0' && head.path[i + 2] == '0') return bad("The path has a NUL.");
  }
  return kFine;
}

Refused parse_request_line(std::string_view line, const HeadLimits& limits, Head& head) {
  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == line.npos || first == last) return bad("The request line must be: method, target, version.");
  head.method_text = line.substr(0, first);
  const std::string_view version = line.substr(last + 1);
  if (head.method_text.size() > 32 || !is_token(head.method_text)) return bad("The method is not a token.");
  head.method = method_of(head.method_text);
  const bool shaped = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' && version[5] >= '0' &&
                      version[5] <= '9' && version[7] >= '0' && version[7] <= '9';
  if (!shaped) return bad("The version of HTTP cannot be read.");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refusal{505, "http_version_not_supported", "This server speaks HTTP/1.1."};
  }
  head.minor_version = version[7] - '0';
  return parse_target(line.substr(first + 1, last - first - 1), limits, head);
}

/// What is gathered over the headers and judged at their end.
struct Framing {
  int lengths = 0, encodings = 0, hosts = 0;
  bool close = false, keep_alive = false;
  bool has_encoding = false;
};

Refused read_length(std::string_view value, Framing& framing, Head& head) {
  if (++framing.lengths > 1) return bad("There is more than one Content-Length.");
  if (value.empty() || value.find_first_not_of("0123456789") != value.npos) {
    return bad("Content-Length is not a number.");
  }
  head.content_length = 0;
  for (char c : value.substr(std::min(value.find_first_not_of('0'), value.size()))) {
    if (head.content_length > UINT64_MAX / 100) break;  // far past any limit already
    head.content_length = head.content_length * 10 + static_cast<uint64_t>(c - '0');
  }
  return kFine;
}

Refused note_header(const HeaderView& h, Framing& framing, Head& head) {
  auto is = [&](std::string_view name) { return same_text(h.name, name); };
  switch (h.name.size()) {
    case 4:
      if (!is("host")) break;
      if (++framing.hosts > 1) return bad("There is more than one Host.");
      if (!only(h.value, kHost)) return bad("The Host cannot be read.");
      head.host = h.value;
      break;
    case 6:
      if (is("origin")) head.origin = h.value;
      if (is("expect")) {
        if (!same_text(h.value, "100-continue")) {
          return Refusal{417, "expectation_failed", "Only Expect: 100-continue can be met."};
        }
        head.expects_continue = head.minor_version == 1;
      }
      break;
    case 10:
      if (!is("connection")) break;
      each_element(h.value, [&](std::string_view option) {
        framing.close |= same_text(option, "close");
        framing.keep_alive |= same_text(option, "keep-alive");
        head.upgrade |= same_text(option, "upgrade");
      });
      break;
    case 11:
      if (is("traceparent")) head.traceparent = h.value;
      break;
    case 12:
      if (is("x-request-id")) head.request_id = h.value;
      break;
    case 14:
      if (is("content-length")) return read_length(h.value, framing, head);
      break;
    case 15:
      if (is("accept-encoding")) head.accept_encoding = h.value;
      break;
    case 16:
      if (!is("content-encoding")) break;
      if (framing.has_encoding)
        return Refusal{415, "unsupported_encoding", "The body is encoded more than once.", "gzip, zstd, br",
                       "Content-Encoding"};
      framing.has_encoding = true;
      head.content_encoding = h.value;
      break;
    case 17:
      if (!is("transfer-encoding")) break;
      if (++framing.encodings > 1 || !same_text(h.value, "chunked")) {
        return bad("Transfer-Encoding must be 'chunked', once.");
      }
      head.chunked = true;
      break;
    default:
      break;
  }
  return kFine;
}

Refused judge(const Framing& framing, Head& head) {
  if (head.chunked && framing.lengths > 0) return bad("There is a Content-Length beside Transfer-Encoding.");
  if (head.chunked && head.minor_version == 0) return bad("HTTP/1.0 has no Transfer-Encoding.");
  if (framing.hosts == 0 && head.minor_version == 1) return bad("The header Host is missing.");
  head.keep_alive = head.minor_version == 1 ? !framing.close : framing.keep_alive && !framing.close;
  return kFine;
}

}  // namespace

bool is_token(std::string_view text) { return !text.empty() && only(text, kToken); }

HeadScanner::Found HeadScanner::scan(std::string_view bytes, size_t& size) {
  while (at_ < bytes.size()) {
    const void* found = std::memchr(bytes.data() + at_, '\n', bytes.size() - at_);
    if (!found) {
      at_ = bytes.size();
      return Found::kMore;
    }
    const auto newline = static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
    if (newline == line_ || bytes[newline - 1] != '\r') return Found::kBad;
    const bool empty = newline == line_ + 1;
    if (empty && line_ == 0) return Found::kBad;
    at_ = line_ = newline + 1;
    if (empty) {
      size = at_;
      return Found::kEnd;
    }
  }
  return Found::kMore;
}

std::optional<Refusal> parse_head(std::string_view bytes, const HeadLimits& limits, Head& head) {
  auto headers = std::move(head.headers);
  headers.clear();
  head = Head{};
  head.headers = std::move(headers);

  size_t end = bytes.find("\r\n");
  if (auto refused = parse_request_line(bytes.substr(0, end), limits, head)) return refused;
  Framing framing;
  for (size_t at = end + 2; at + 2 < bytes.size(); at = end + 2) {
    end = bytes.find('\r', at);
    if (bytes[end + 1] != '\n') return bad("A carriage return stands alone.");
    const std::string_view line = bytes.substr(at, end - at);
    const size_t colon = line.find(':');
    if (colon == line.npos) return bad("A header has no colon.");
    const HeaderView header{line.substr(0, colon), trim(line.substr(colon + 1))};
    if (!is_token(header.name)) return bad("A header's name is not a token.");
    if (!only(header.value, kValue)) return bad("A header's value has a control character.");
    if (head.headers.size() == limits.headers_max) {
      return Refusal{431, "too_many_headers", "There are too many headers.", "100 headers"};
    }
    head.headers.push_back(header);
    if (auto refused = note_header(header, framing, head)) return refused;
  }
  return judge(framing, head);
}

}  // namespace gamekeeper::net
