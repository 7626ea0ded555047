#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace gamekeeper::gate {

/// An immutable value that is replaced as a whole and read by every thread. Reading costs one atomic load: each thread
/// keeps the last value that it saw. Generations are unique in the program, so one cache a type is enough.
template <class T>
class Published {
 public:
  Published() { publish(std::make_shared<const T>(), 0); }

  /// Values made from an older epoch than the one in place are dropped (two reloads may overtake each other).
  void publish(std::shared_ptr<const T> value, uint64_t epoch) {
    std::lock_guard lock(mutex_);
    if (epoch < epoch_) return;
    value_ = std::move(value);
    epoch_ = epoch;
    generation_.store(next_generation(), std::memory_order_release);
  }

  /// Valid until the next peek() of this thread at any Published<T>: never keep it across a co_await.
  const T& peek() const { return *cached(); }
  std::shared_ptr<const T> share() const { return cached(); }

  uint64_t epoch() const {
    std::lock_guard lock(mutex_);
    return epoch_;
  }

 private:
  const std::shared_ptr<const T>& cached() const {
    thread_local uint64_t seen = 0;
    thread_local std::shared_ptr<const T> value;
    if (generation_.load(std::memory_order_acquire) != seen) {
      std::lock_guard lock(mutex_);
      value = value_;
      seen = generation_.load(std::memory_order_relaxed);
    }
    return value;
  }
  static uint64_t next_generation() {
    static std::atomic<uint64_t> counter{0};
    return counter.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  uint64_t epoch_ = 0;
  std::atomic<uint64_t> generation_{0};
};

}  // namespace gamekeeper::gate
