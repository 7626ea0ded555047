#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gamekeeper {

/// Milliseconds since 1970-01-01T00:00Z; the unit of every stored time.
using UnixMillis = int64_t;

/// Where the time comes from; tests and the simulation hand in their own.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMillis now_ms() const = 0;
};

class SystemClock final : public Clock {
 public:
  UnixMillis now_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMillis start) : now_(start) {}
  UnixMillis now_ms() const override { return now_; }
  void advance(int64_t ms) { now_ += ms; }
  void set(UnixMillis ms) { now_ = ms; }

 private:
  UnixMillis now_;
};

/// RFC 3339 in UTC with milliseconds: 2026-11-21T04:05:06.007Z.
std::string format_time(UnixMillis ms);
/// Any RFC 3339 date-time (offset required, fraction of any length, cut to milliseconds); years 0001 to 9999.
std::optional<UnixMillis> parse_time(std::string_view text);

}  // namespace gamekeeper
