#include "base/clock.h"

#include <algorithm>
#include <array>

namespace gamekeeper {
namespace {

// Days from civil and back: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
constexpr int64_t days_from_civil(int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

constexpr void civil_from_days(int64_t z, int64_t& y, unsigned& m, unsigned& d) {
  z += 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  d = doy - (153 * mp + 2) / 5 + 1;
  m = mp < 10 ? mp + 3 : mp - 9;
  y = static_cast<int64_t>(yoe) + era * 400 + (m <= 2);
}

void two(char* to, unsigned value) {
  to[0] = static_cast<char>('0' + value / 10 % 10);
  to[1] = static_cast<char>('0' + value % 10);
}

/// `n` digits at text[at..]; -1 when one is not a digit.
int digits(std::string_view text, size_t at, size_t n) {
  if (at + n > text.size()) return -1;
  int value = 0;
  for (size_t i = at; i < at + n; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

constexpr bool is_leap(int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }

}  // namespace

std::string format_time(UnixMillis ms) {
  constexpr int64_t kDay = 86'400'000;
  int64_t days = ms / kDay;
  int64_t rest = ms % kDay;
  if (rest < 0) rest += kDay, --days;
  int64_t y = 0;
  unsigned m = 0, d = 0;
  civil_from_days(days, y, m, d);
  std::string out = "0000-00-00T00:00:00.000Z";
  two(&out[0], static_cast<unsigned>(y / 100));
  two(&out[2], static_cast<unsigned>(y % 100));
  two(&out[5], m);
  two(&out[8], d);
  const auto r = static_cast<unsigned>(rest);
  two(&out[11], r / 3'600'000);
  two(&out[14], r / 60'000 % 60);
  two(&out[17], r / 1000 % 60);
  out[20] = static_cast<char>('0' + r % 1000 / 100);
  two(&out[21], r % 100);
  return out;
}

std::optional<UnixMillis> parse_time(std::string_view t) {
  if (t.size() < 20 || t.size() > 64) return std::nullopt;
  static constexpr std::array<int, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = digits(t, 0, 4), month = digits(t, 5, 2), day = digits(t, 8, 2);
  const int hour = digits(t, 11, 2), minute = digits(t, 14, 2), second = digits(t, 17, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60)
    return std::nullopt;
  if (day > kDays[static_cast<size_t>(month)] + (month == 2 && is_leap(year))) return std::nullopt;
  if (t[4] != '-' || t[7] != '-' || (t[10] != 'T' && t[10] != 't' && t[10] != ' ') || t[13] != ':' || t[16] != ':') {
    return std::nullopt;
  }
  size_t at = 19;
  int64_t millis = 0;
  if (t[at] == '.') {
    ++at;
    int64_t scale = 100;
    const size_t start = at;
    for (; at < t.size() && t[at] >= '0' && t[at] <= '9'; ++at, scale /= 10) millis += (t[at] - '0') * scale;
    if (at == start) return std::nullopt;
  }
  if (at >= t.size()) return std::nullopt;
  int64_t offset_minutes = 0;
  if (t[at] == 'Z' || t[at] == 'z') {
    if (at + 1 != t.size()) return std::nullopt;
  } else {
    if ((t[at] != '+' && t[at] != '-') || t.size() != at + 6 || t[at + 3] != ':') return std::nullopt;
    const int h = digits(t, at + 1, 2), m = digits(t, at + 4, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59) return std::nullopt;
    offset_minutes = (t[at] == '-' ? -1 : 1) * (h * 60 + m);
  }
  const int64_t days = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  const int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + std::min(second, 59) - offset_minutes * 60;
  return seconds * 1000 + millis;
}

}  // namespace gamekeeper
