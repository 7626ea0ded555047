#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace gamekeeper {

/// Days since 1970-01-01 of a calendar date.
using DayNumber = int32_t;

/// An IANA time zone. Cheap to copy, safe to share.
class TimeZone {
 public:
  /// Errors: kInvalid `unknown_time_zone`.
  static Result<TimeZone> find(std::string_view name);
  static TimeZone utc();

  const std::string& name() const;
  /// The local calendar date at an instant.
  DayNumber day_of(UnixMillis at) const;
  /// The first instant of a local date (after a gap at midnight: the first instant that exists).
  UnixMillis start_of(DayNumber day) const;
  /// The first instant at which clocks show this minute of a local date (skipped by a gap: the instant the gap ends).
  UnixMillis at(DayNumber day, int minute_of_day) const;
  /// Start of the local hour/day/week (Monday)/month/year that holds `at`, and of the one after it.
  enum class Step : uint8_t { kMinute, kHour, kDay, kWeek, kMonth, kYear };
  UnixMillis floor(UnixMillis at, Step step) const;
  UnixMillis next(UnixMillis bucket_start, Step step) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

std::string format_date(DayNumber day);  // 2026-11-21
Result<DayNumber> parse_date(std::string_view text, std::string field);  // kInvalid `bad_date`

}  // namespace gamekeeper
