#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string_view>

namespace gamekeeper::simulation {

/// The one source of chance of a simulation. Its own arithmetic, so that a seed means the same with every library.
class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed * 0x9E3779B97F4A7C15u + 1) {}

  /// 0 … n-1.
  int64_t below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  /// a … b.
  int64_t between(int64_t a, int64_t b) { return a + below(b - a + 1); }
  bool percent(int64_t n) { return below(100) < n; }
  bool per_mille(int64_t n) { return below(1000) < n; }
  std::string_view pick(std::initializer_list<std::string_view> from) {
    return from.begin()[below(static_cast<int64_t>(from.size()))];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace gamekeeper::simulation
