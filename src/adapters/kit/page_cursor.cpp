#include "adapters/kit/page_cursor.h"

#include <algorithm>
#include <optional>
#include <utility>

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

Result<IndexRange> index_range(const ports::Query& query) {
  IndexRange range{{query.from, ""}, {query.to, ""}};
  if (query.cursor.empty()) return range;
  auto cursor = read_cursor(query.cursor);
  if (!cursor) return std::unexpected(cursor.error());
  if (query.direction == ports::Direction::kAscending) {
    if (cursor->key >= range.from.key) range.from = std::move(*cursor);
  } else if (range.to.key.empty() || cursor->key < range.to.key) {
    range.to = std::move(*cursor);
  }
  return range;
}

Result<IdRange> id_range(const ports::Query& query) {
  IdRange range{query.from, query.to};
  if (query.cursor.empty()) return range;
  auto cursor = read_cursor(query.cursor);
  if (!cursor) return std::unexpected(cursor.error());
  if (query.direction == ports::Direction::kAscending)
    range.from = std::max(range.from, cursor->id + '\0');  // the id right after it
  else if (range.to.empty() || cursor->id < range.to)
    range.to = std::move(cursor->id);
  return range;
}

}  // namespace gamekeeper::adapters
