#include "adapters/redis/address.h"

#include <charconv>
#include <optional>

namespace gamekeeper::adapters::redis {
namespace {

std::unexpected<Error> bad() {
  return fail(ErrorKind::kInvalid, "bad_value",
              "The address of a Redis is redis://[user:password@]host[:port][/database], or rediss:// for TLS.",
              "live.url");
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 3) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

/// What stands before the first `mark`, which is taken away with it; all when there is none.
std::string_view cut(std::string_view& text, char mark) {
  const size_t at = text.find(mark);
  const std::string_view head = text.substr(0, at);
  text = at == text.npos ? std::string_view() : text.substr(at + 1);
  return head;
}

bool read_sign_in(std::string_view text, Address& out) {
  const std::string_view user = cut(text, ':');
  auto name = decoded(user), password = decoded(text);
  if (!name || !password) return false;
  out.user = std::move(*name);
  out.password = std::move(*password);
  return true;
}

}  // namespace

Result<Address> read_address(std::string_view url) {
  Address out;
  out.tls = url.starts_with("rediss://");
  if (!out.tls && !url.starts_with("redis://")) return bad();
  url.remove_prefix(out.tls ? 9 : 8);
  if (const size_t at = url.rfind('@'); at != url.npos) {
    if (!read_sign_in(url.substr(0, at), out)) return bad();
    url.remove_prefix(at + 1);
  }
  std::string_view place = cut(url, '/');
  if (!url.empty() && (!read_number(url, out.database) || out.database < 0)) return bad();
  if (place.starts_with('[')) {  // IPv6
    out.host = cut(place, ']').substr(1);
    if (place.starts_with(':')) place.remove_prefix(1);
  } else {
    out.host = cut(place, ':');
  }
  if (!place.empty() && !read_number(place, out.port)) return bad();
  if (out.host.empty() || out.port == 0) return bad();
  return out;
}

}  // namespace gamekeeper::adapters::redis
