#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/zoned.h"

namespace gamekeeper::play {

/// How a board's seasons follow one another: whole local days, weeks from Monday, months.
struct SeasonRule {
  enum class Unit : uint8_t { kDays, kWeek, kMonth };
  static constexpr int32_t kDaysMax = 366;

  Unit unit = Unit::kDays;
  int32_t days = 1;
  std::string timezone = "UTC";
  DayNumber anchor = 0;  // a season of kDays begins on this day
  bool operator==(const SeasonRule&) const = default;
};

/// A stretch of time [starts, ends). Its id is the local date of its first day: 2026-11-21.
struct Season {
  std::string id;
  UnixMillis starts = 0, ends = 0;
};

/// The season that holds `at`. Seasons neither overlap nor leave a gap, also where the clock is changed.
Season season_at(const SeasonRule& rule, const TimeZone& zone, UnixMillis at);

}  // namespace gamekeeper::play
