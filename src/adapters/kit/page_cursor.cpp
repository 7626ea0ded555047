#include "adapters/kit/page_cursor.h"

#include <optional>

namespace gamekeeper::adapters {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (unsigned char c : bytes) {
    out += kDigits[c >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

}  // namespace

std::string to_text(const PageCursor& cursor) { return hex(cursor.key) + "." + hex(cursor.id); }

Result<PageCursor> read_cursor(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot != text.npos) {
    auto key = from_hex(text.substr(0, dot)), id = from_hex(text.substr(dot + 1));
    if (key && id) return PageCursor{std::move(*key), std::move(*id)};
  }
  return fail(ErrorKind::kInvalid, "bad_cursor", "The cursor is not one of ours.", "cursor");
}

}  // namespace gamekeeper::adapters
