#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace gamekeeper::bench {

/// Latencies in nanoseconds, counted in log-linear buckets: 128 a power of two, so within 1 % of the truth.
class Latencies {
 public:
  void add(int64_t ns) {
    const auto n = static_cast<uint64_t>(std::max<int64_t>(ns, 0));
    ++counts_[bucket_of(n)];
    ++total_;
    max_ = std::max(max_, n);
  }

  uint64_t count() const { return total_; }
  double max_ms() const { return static_cast<double>(max_) / 1e6; }

  /// The latency that `q` (0 … 1) of all did not exceed, in milliseconds; 0 when nothing was counted.
  double quantile_ms(double q) const {
    if (total_ == 0) return 0;
    auto left = static_cast<uint64_t>(std::ceil(q * static_cast<double>(total_)));
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] >= left && left > 0) return std::min(static_cast<double>(end_of(i)) / 1e6, max_ms());
      left -= counts_[i];
    }
    return max_ms();
  }

 private:
  static constexpr int kBits = 7;
  static size_t bucket_of(uint64_t n) {
    if (n < (1u << kBits)) return n;
    const int shift = std::bit_width(n) - kBits - 1;
    return (static_cast<size_t>(shift + 1) << kBits) + (n >> shift) - (1u << kBits);
  }
  static uint64_t end_of(size_t bucket) {
    if (bucket < (1u << kBits)) return bucket + 1;
    const auto shift = static_cast<int>(bucket >> kBits) - 1;
    return ((bucket & ((1u << kBits) - 1)) + (1u << kBits) + 1) << shift;
  }

  std::vector<uint64_t> counts_ = std::vector<uint64_t>(40u << kBits);  // up to 2^46 ns: 20 hours
  uint64_t total_ = 0, max_ = 0;
};

}  // namespace gamekeeper::bench
