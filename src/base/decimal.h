#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gamekeeper {

/// An exact decimal with six places: money. Sums that may pass 64 bits are kept as __int128 and formatted below.
struct Decimal {
  int64_t micros = 0;  // 10^-6 units

  /// A JSON number (12.5, 1e3, -0.000001). nullopt when it is none, has more than six places, or passes 9·10^12.
  static std::optional<Decimal> parse(std::string_view text);
  auto operator<=>(const Decimal&) const = default;
};

/// Shortest form: "12.5", "0", "-3.000001".
std::string format_decimal(__int128 micros);
inline std::string to_string(Decimal d) { return format_decimal(d.micros); }

}  // namespace gamekeeper
