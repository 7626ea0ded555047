#include "virtual_time.h"

#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/result.h"

namespace gamekeeper::simulation {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kSteadyStart = 1'000'000 * kNsPerSecond;

/// What clock_gettime answers; the kernel's own time while `on` is false. Atomic, because threads that have nothing to
/// do with a simulation (the log's) ask too.
struct Time {
  std::atomic<bool> on{false};
  std::atomic<int64_t> steady_ns{0}, wall_ns{0};
};
constinit Time time_now;

}  // namespace

VirtualTime::VirtualTime(UnixMillis wall_start) {
  GK_CHECK(!time_now.on, "one virtual time at once");
  time_now.steady_ns = kSteadyStart;
  time_now.wall_ns = wall_start * 1'000'000;
  time_now.on = true;
}

VirtualTime::~VirtualTime() { time_now.on = false; }

void VirtualTime::advance_us(int64_t us) {
  time_now.steady_ns += us * 1'000;
  time_now.wall_ns += us * 1'000;
}

void VirtualTime::jump_ms(int64_t ms) { time_now.wall_ns += ms * 1'000'000; }

int64_t VirtualTime::elapsed_us() const { return (time_now.steady_ns - kSteadyStart) / 1'000; }

}  // namespace gamekeeper::simulation

// The program's own definitions stand before those of the C library.
extern "C" {

int clock_gettime(clockid_t id, timespec* at) noexcept {
  using gamekeeper::simulation::time_now;
  const bool wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
  const bool steady = id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE;
  if (!time_now.on || (!wall && !steady)) return static_cast<int>(syscall(SYS_clock_gettime, id, at));
  const int64_t ns = wall ? time_now.wall_ns : time_now.steady_ns;
  at->tv_sec = ns / gamekeeper::simulation::kNsPerSecond;
  at->tv_nsec = ns % gamekeeper::simulation::kNsPerSecond;
  return 0;
}

/// A timer of the kernel would run on the kernel's time. Without one, asio compares its timers with the clock at every
/// poll, which is what we want.
int timerfd_create(int, int) noexcept {
  errno = ENOSYS;
  return -1;
}
}
