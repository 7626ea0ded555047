#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace gamekeeper::gate {

/// `amount` in every `window_ns`; a bucket that was left alone holds one whole window's worth.
struct Rate {
  int64_t amount = 0;
  int64_t window_ns = 1'000'000'000;
};

/// A token bucket in eight bytes (GCRA: the time at which it will be full again). Lock-free.
/// Source: ITU-T I.371, the generic cell rate algorithm.
class RateBucket {
 public:
  /// Takes `n`, or answers how many nanoseconds to wait (then nothing was taken). More than the bucket holds is let
  /// through when it is full, and paid back afterwards, so a large batch is delayed but never stuck.
  int64_t take(Rate rate, uint32_t n, int64_t now_ns);
  void give_back(Rate rate, uint32_t n);

 private:
  std::atomic<int64_t> full_at_{0};
};

/// Buckets for callers that have no record of their own (admins, players, addresses, accounts): a fixed table of
/// 16 bytes a slot. When a set of 8 slots is used up, the slot that is full the soonest is reused. Thread-safe.
class RateTable {
 public:
  explicit RateTable(size_t slots = 1 << 16);
  int64_t take(std::string_view who, Rate rate, uint32_t n, int64_t now_ns);
  void give_back(std::string_view who, Rate rate, uint32_t n);

 private:
  static constexpr size_t kWays = 8;
  static constexpr size_t kLocks = 64;
  struct Slot {
    uint64_t who = 0;
    int64_t full_at = 0;
  };
  uint64_t hash(std::string_view who) const;
  Slot& slot_of(uint64_t who);

  std::array<uint8_t, 16> key_;
  std::vector<Slot> slots_;
  std::array<std::mutex, kLocks> locks_;
};

}  // namespace gamekeeper::gate
