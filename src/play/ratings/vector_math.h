#pragma once

#include <bit>
#include <cstdint>

namespace gamekeeper::play::ratings {

// exp and ln without branches or tables, so that a loop over many filters becomes SIMD code. Within 2 units in the last
// place, and the same bits on every machine and in every loop: a recomputed history must equal the first run.

/// e^x for |x| <= 700; beyond that as at the border.
inline double fast_exp(double x) {
  constexpr double kShift = 0x1.8p52;  // adding it rounds to a whole number, which then stands in the low bits
  x = x < -700.0 ? -700.0 : x;
  x = x > 700.0 ? 700.0 : x;
  const double shifted = x * 0x1.71547652b82fep+0 + kShift;
  const double n = shifted - kShift;
  const double r = (x - n * 0x1.62e42fefa38p-1) - n * 0x1.ef35793c7673p-45;
  double e = 1.0 / 6227020800.0;  // Taylor's series; |r| <= ln 2 / 2
  e = e * r + 1.0 / 479001600.0;
  e = e * r + 1.0 / 39916800.0;
  e = e * r + 1.0 / 3628800.0;
  e = e * r + 1.0 / 362880.0;
  e = e * r + 1.0 / 40320.0;
  e = e * r + 1.0 / 5040.0;
  e = e * r + 1.0 / 720.0;
  e = e * r + 1.0 / 120.0;
  e = e * r + 1.0 / 24.0;
  e = e * r + 1.0 / 6.0;
  e = e * r + 0.5;
  e = e * r + 1.0;
  e = e * r + 1.0;
  const uint64_t power = (std::bit_cast<uint64_t>(shifted) + 1023) << 52;
  return e * std::bit_cast<double>(power);
}

/// ln x for finite, normal x > 0.
inline double fast_log(double x) {
  constexpr uint64_t kSqrtHalf = 0x3fe6a09e667f3bcd;
  const uint64_t bits = std::bit_cast<uint64_t>(x) - kSqrtHalf;
  // The exponent of x / sqrt(1/2), as a number: its biased bits laid into the mantissa of 2^52.
  const uint64_t biased = (bits + (uint64_t{1023} << 52)) >> 52;
  const double exponent = std::bit_cast<double>(biased | 0x4330000000000000) - (0x1p52 + 1023.0);
  const double m = std::bit_cast<double>((bits & 0x000fffffffffffff) + kSqrtHalf);  // in [sqrt(1/2), sqrt(2))
  const double s = (m - 1.0) / (m + 1.0), s2 = s * s;
  double series = 1.0 / 21;  // of 2 artanh(s) / (2 s) - 1
  series = series * s2 + 1.0 / 19;
  series = series * s2 + 1.0 / 17;
  series = series * s2 + 1.0 / 15;
  series = series * s2 + 1.0 / 13;
  series = series * s2 + 1.0 / 11;
  series = series * s2 + 1.0 / 9;
  series = series * s2 + 1.0 / 7;
  series = series * s2 + 1.0 / 5;
  series = series * s2 + 1.0 / 3;
  return exponent * 0x1.62e42fefa39efp-1 + (2.0 * s + 2.0 * s * s2 * series);
}

/// 1 / (1 + e^-x).
inline double sigmoid(double x) { return 1.0 / (1.0 + fast_exp(-x)); }

/// ln(1 + e^x), without overflow.
inline double softplus(double x) {
  const double magnitude = x < 0 ? -x : x;
  return (x > 0 ? x : 0.0) + fast_log(1.0 + fast_exp(-magnitude));
}

}  // namespace gamekeeper::play::ratings
