#include "base/zoned.h"

#include <gtest/gtest.h>

namespace gamekeeper {
namespace {

using Step = TimeZone::Step;
UnixMillis at(std::string_view text) { return *parse_time(text); }

TEST(Zone, IsFoundByItsIanaName) {
  EXPECT_TRUE(TimeZone::find("Europe/Berlin"));
  for (const char* bad : {"", "Mars/Olympus", "../../etc/passwd", "europe/berlin"}) {
    auto zone = TimeZone::find(bad);
    ASSERT_FALSE(zone) << bad;
    EXPECT_EQ(zone.error().code, "unknown_time_zone");
  }
}

TEST(Zone, CutsDaysLocally) {
  const TimeZone berlin = *TimeZone::find("Europe/Berlin"), utc = TimeZone::utc();
  EXPECT_EQ(format_date(utc.day_of(at("2026-03-28T23:30:00Z"))), "2026-03-28");
  EXPECT_EQ(format_date(berlin.day_of(at("2026-03-28T23:30:00Z"))), "2026-03-29");
  EXPECT_EQ(utc.day_of(-1), -1);
  const auto day = *parse_date("2026-03-29", "date");  // 23 hours long
  EXPECT_EQ(berlin.start_of(day + 1) - berlin.start_of(day), 23 * 3'600'000);
  const auto october = *parse_date("2026-10-25", "date");  // 25 hours long
  EXPECT_EQ(berlin.start_of(october + 1) - berlin.start_of(october), 25 * 3'600'000);
}

TEST(Zone, StartsADayWithoutMidnightWhenItBegins) {
  const TimeZone cairo = *TimeZone::find("Africa/Cairo");  // clocks go from 00:00 to 01:00
  const auto day = *parse_date("2024-04-26", "date");
  EXPECT_EQ(format_time(cairo.start_of(day)), "2024-04-25T22:00:00.000Z");
  EXPECT_EQ(cairo.day_of(cairo.start_of(day)), day);
  EXPECT_EQ(cairo.day_of(cairo.start_of(day) - 1), day - 1);
}

TEST(Zone, FloorsToSteps) {
  const TimeZone kolkata = *TimeZone::find("Asia/Kolkata");  // +05:30
  const UnixMillis t = at("2026-05-20T10:47:31.5Z");
  EXPECT_EQ(format_time(kolkata.floor(t, Step::kMinute)), "2026-05-20T10:47:00.000Z");
  EXPECT_EQ(format_time(kolkata.floor(t, Step::kHour)), "2026-05-20T10:30:00.000Z");
  EXPECT_EQ(format_time(kolkata.floor(t, Step::kDay)), "2026-05-19T18:30:00.000Z");
  EXPECT_EQ(format_time(kolkata.floor(t, Step::kWeek)), "2026-05-17T18:30:00.000Z");  // Monday the 18th, local
  EXPECT_EQ(format_time(kolkata.floor(t, Step::kMonth)), "2026-04-30T18:30:00.000Z");
  EXPECT_EQ(format_time(kolkata.floor(t, Step::kYear)), "2025-12-31T18:30:00.000Z");
}

TEST(Zone, StepsThroughAYearWithoutGapsOrRepeats) {
  for (const char* name :
       {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"}) {
    const TimeZone zone = *TimeZone::find(name);
    for (const Step step : {Step::kHour, Step::kDay, Step::kWeek, Step::kMonth, Step::kYear}) {
      UnixMillis bucket = zone.floor(at("2025-01-15T12:00:00Z"), step);
      while (bucket < at("2027-01-15T00:00:00Z")) {
        EXPECT_EQ(zone.floor(bucket, step), bucket) << name << ' ' << format_time(bucket);
        const UnixMillis next = zone.next(bucket, step);
        ASSERT_GT(next, bucket);
        EXPECT_EQ(zone.floor(next - 1, step), bucket)
            << name << ' ' << format_time(bucket) << ' ' << static_cast<int>(step);
        bucket = next;
      }
    }
  }
}

TEST(Date, IsReadStrictly) {
  EXPECT_EQ(parse_date("1970-01-02", "date"), 1);
  for (const char* bad : {"", "1970-1-2", "1970-02-30", "1970-01-02T00:00:00Z", "19700102"}) {
    auto day = parse_date(bad, "date");
    ASSERT_FALSE(day) << bad;
    EXPECT_EQ(day.error().field, "date");
  }
}

}  // namespace
}  // namespace gamekeeper
