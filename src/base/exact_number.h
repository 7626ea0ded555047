#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace gamekeeper {

/// A double as the shortest decimal text that reads back as the same bits; what must add up again is stored so. (JSON
/// readers differ in how they round a number's last digit.)
inline std::string exact_text(double number) {
  char room[32];
  const auto [end, error] = std::to_chars(room, room + sizeof room, number);
  return error == std::errc() ? std::string(room, end) : std::string("0");
}

inline std::optional<double> read_exact(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace gamekeeper
