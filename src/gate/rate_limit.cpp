#include "gate/rate_limit.h"

#include <sodium.h>

#include <algorithm>
#include <bit>

namespace gamekeeper::gate {
namespace {

int64_t price(Rate rate, uint32_t n) {
  const auto exact = static_cast<__int128>(rate.window_ns) * n / std::max<int64_t>(rate.amount, 1);
  return static_cast<int64_t>(std::min<__int128>(exact, INT64_MAX / 4));
}

/// The new time of fullness, or how long to wait (as a negative number).
int64_t next_full_at(int64_t full_at, Rate rate, uint32_t n, int64_t now) {
  const int64_t debt = std::max<int64_t>(full_at - now, 0);
  const int64_t cost = price(rate, n);
  if (debt == 0 || debt + cost <= rate.window_ns) return now + debt + cost;
  return -std::min(debt, debt + cost - rate.window_ns);
}

}  // namespace

int64_t RateBucket::take(Rate rate, uint32_t n, int64_t now_ns) {
  int64_t full_at = full_at_.load(std::memory_order_relaxed);
  for (;;) {
    const int64_t next = next_full_at(full_at, rate, n, now_ns);
    if (next < 0) return -next;
    if (full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) return 0;
  }
}

void RateBucket::give_back(Rate rate, uint32_t n) { full_at_.fetch_sub(price(rate, n), std::memory_order_relaxed); }

RateTable::RateTable(size_t slots) : slots_(std::bit_ceil(std::max(slots, kWays * kLocks))) {
  randombytes_buf(key_.data(), key_.size());
}

uint64_t RateTable::hash(std::string_view who) const {
  uint64_t out;
  static_assert(crypto_shorthash_BYTES == sizeof out && crypto_shorthash_KEYBYTES == sizeof key_);
  crypto_shorthash(reinterpret_cast<unsigned char*>(&out), reinterpret_cast<const unsigned char*>(who.data()),
                   who.size(), key_.data());
  return out | 1;  // never 0, the mark of an empty slot
}

RateTable::Slot& RateTable::slot_of(uint64_t who) {
  Slot* set = &slots_[(who >> 8) % (slots_.size() / kWays) * kWays];
  Slot* soonest = set;
  for (Slot* slot = set; slot != set + kWays; ++slot) {
    if (slot->who == who) return *slot;
    if (slot->full_at < soonest->full_at) soonest = slot;
  }
  *soonest = Slot{who, 0};
  return *soonest;
}

int64_t RateTable::take(std::string_view who, Rate rate, uint32_t n, int64_t now_ns) {
  const uint64_t h = hash(who);
  std::lock_guard lock(locks_[(h >> 8) % kLocks]);  // kLocks divides the number of sets: one set, one lock
  Slot& slot = slot_of(h);
  const int64_t next = next_full_at(slot.full_at, rate, n, now_ns);
  if (next < 0) return -next;
  slot.full_at = next;
  return 0;
}

void RateTable::give_back(std::string_view who, Rate rate, uint32_t n) {
  const uint64_t h = hash(who);
  std::lock_guard lock(locks_[(h >> 8) % kLocks]);
  slot_of(h).full_at -= price(rate, n);
}

}  // namespace gamekeeper::gate
