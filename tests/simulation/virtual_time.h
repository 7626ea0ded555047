#pragma once

#include <cstdint>

#include "base/clock.h"

namespace gamekeeper::simulation {

/// While one of these lives, every clock of the program (steady_clock, system_clock, asio's timers) stands still
/// until advance() moves it. It works below the C++ library, in clock_gettime, so the code under test is the shipped
/// one. One at a time, one thread.
class VirtualTime {
 public:
  explicit VirtualTime(UnixMillis wall_start);
  ~VirtualTime();
  VirtualTime(const VirtualTime&) = delete;

  void advance_us(int64_t us);
  /// Moves the wall clock alone, as when the machine had slept.
  void jump_ms(int64_t ms);
  /// Since the start.
  int64_t elapsed_us() const;
};

}  // namespace gamekeeper::simulation
