#include "base/decimal.h"

#include <algorithm>

namespace gamekeeper {

std::optional<Decimal> Decimal::parse(std::string_view text) {
  size_t at = 0;
  const bool negative = !text.empty() && text[0] == '-';
  at += negative;
  __int128 digits = 0;
  int places = 0, count = 0;
  bool point = false, any = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point && any) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    if (digits != 0 || c != '0') ++count;
    if (count > 30) return std::nullopt;
    digits = digits * 10 + (c - '0');
    places += point;
  }
  if (!any || text[at - 1] == '.') return std::nullopt;
  int exponent = 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool down = false;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) down = text[at++] == '-';
    if (at == text.size()) return std::nullopt;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
      exponent = std::min(exponent * 10 + (text[at] - '0'), 1000);
    if (down) exponent = -exponent;
  }
  if (at != text.size()) return std::nullopt;
  if (digits == 0) return Decimal{0};
  int shift = 6 - places + exponent;  // digits × 10^shift micros
  if (shift > 20) return std::nullopt;
  for (; shift > 0; --shift) digits *= 10;
  for (; shift < 0; ++shift) {
    if (digits % 10 != 0) return std::nullopt;
    digits /= 10;
  }
  if (digits > static_cast<__int128>(9'000'000'000'000) * 1'000'000) return std::nullopt;
  return Decimal{negative ? -static_cast<int64_t>(digits) : static_cast<int64_t>(digits)};
}

std::string format_decimal(__int128 micros) {
  const bool negative = micros < 0;
  unsigned __int128 value = negative ? -static_cast<unsigned __int128>(micros) : static_cast<unsigned __int128>(micros);
  std::string out;
  auto fraction = static_cast<uint32_t>(value % 1'000'000);
  value /= 1'000'000;
  if (fraction != 0) {
    int places = 6;
    for (; fraction % 10 == 0; fraction /= 10) --places;
    for (; places > 0; --places, fraction /= 10) out += static_cast<char>('0' + fraction % 10);
    out += '.';
  }
  do {
    out += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  if (negative) out += '-';
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace gamekeeper
