#pragma once

#include <chrono>
#include <random>

#include "base/task.h"

namespace gamekeeper {

/// The tries of a change that others change too: `for (Turns turns; co_await turns.next();)` read, change, commit over
/// the version that was read, and go on when somebody was faster.
///
/// Of a crowd only one gets through with each commit. So from the third try on everyone waits a little and by chance,
/// longer each time, and a crowd of some hundred is served within the second or so that all turns may take.
class Turns {
 public:
  static constexpr int kMax = 64;

  /// Whether to try (again). False: all turns are taken, the caller answers kOverloaded.
  Task<bool> next() {
    if (taken_ == kMax) co_return false;
    if (++taken_ > kAtOnce) {
      std::minstd_rand chance{std::random_device{}()};
      const int longest_us = kStepUs * (taken_ < kLongestAfter ? taken_ : kLongestAfter);
      co_await sleep_for(std::chrono::microseconds(std::uniform_int_distribution<int>(0, longest_us)(chance)));
    }
    co_return true;
  }

 private:
  static constexpr int kAtOnce = 2, kStepUs = 1'000, kLongestAfter = 32;
  int taken_ = 0;
};

}  // namespace gamekeeper
