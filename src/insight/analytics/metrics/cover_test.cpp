#include "insight/analytics/metrics/cover.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

namespace gamekeeper::analytics {
namespace {

constexpr int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr std::array<int64_t, 3> kWidths = {kMinute, kHour, kDay};

TEST(Cover, TakesDaysInsideAndFinerCellsAtTheEdges) {
  const TimeRange range{23 * kHour - kMinute, 3 * kDay + 2 * kHour};
  const std::vector<Slice> expected = {{kDay, {kDay, 3 * kDay}},
                                       {kHour, {23 * kHour, kDay}},
                                       {kHour, {3 * kDay, 3 * kDay + 2 * kHour}},
                                       {kMinute, {23 * kHour - kMinute, 23 * kHour}}};
  EXPECT_EQ(cover(range, kWidths), expected);
}

TEST(Cover, HoldsEveryMinuteOnceAndNoCellCrossesABucket) {
  std::mt19937 random(7);
  for (const char* name : {"America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"}) {
    const TimeZone zone = *TimeZone::find(name);
    for (Step step : {Step::kMinute, Step::kHour, Step::kDay, Step::kWeek, Step::kMonth, Step::kYear}) {
      const UnixMillis from = (1'770'000'000'000 / kMinute + static_cast<int64_t>(random() % 500'000)) * kMinute;
      const int64_t length = step == Step::kMinute ? 300 : 60 * 24 * (step == Step::kHour ? 5 : 90);
      const TimeRange range{from, from + length * kMinute};
      const auto buckets = *buckets_of(range, step, zone, kMinute);
      int64_t covered = 0;
      for (const Slice& slice : cover(buckets, kWidths)) {
        for (UnixMillis at = slice.span.from; at < slice.span.to; at += slice.width_ms) {
          covered += slice.width_ms;
          const size_t bucket = bucket_at(buckets, at);
          ASSERT_LT(bucket, buckets.size());
          ASSERT_EQ(bucket, bucket_at(buckets, at + slice.width_ms - 1)) << name;
        }
      }
      EXPECT_EQ(covered, range.to - range.from) << name;
    }
  }
}

TEST(Range, RefusesWhatIsNotAligned) {
  EXPECT_EQ(check_range({30'000, kHour}, kMinute).error().code, "unaligned_range");
  EXPECT_EQ(check_range({0, 10 * kMinute}, 15 * kMinute).error().code, "unaligned_range");
  EXPECT_EQ(check_range({0, 10 * kMinute}, 15 * kMinute).error().field, "to");
  EXPECT_EQ(check_range({kHour, 0}, kMinute).error().code, "bad_range");
  EXPECT_TRUE(check_range({-15 * kMinute, kHour}, 15 * kMinute));
}

TEST(Range, RefusesTooManyPoints) {
  EXPECT_EQ(buckets_of({0, 5'000 * kMinute}, Step::kMinute, TimeZone::utc(), kMinute)->size(), 5'000u);
  EXPECT_EQ(buckets_of({0, 5'001 * kMinute}, Step::kMinute, TimeZone::utc(), kMinute).error().code, "too_many_points");
}

TEST(Range, CutsTheFirstAndTheLastBucket) {
  const auto buckets = *buckets_of({30 * kMinute, 90 * kMinute}, Step::kHour, TimeZone::utc(), kMinute);
  ASSERT_EQ(buckets.size(), 2u);
  EXPECT_EQ(buckets[0].start, 0);
  EXPECT_EQ(buckets[0].part, (TimeRange{30 * kMinute, kHour}));
  EXPECT_EQ(buckets[1].start, kHour);
  EXPECT_EQ(buckets[1].part, (TimeRange{kHour, 90 * kMinute}));
}

TEST(Range, ADayOfTheClockChangeHas23And25Hours) {
  const TimeZone zone = *TimeZone::find("America/New_York");
  auto hours = [&](DayNumber day) { return (zone.start_of(day + 1) - zone.start_of(day)) / kHour; };
  EXPECT_EQ(hours(*parse_date("2026-03-08", "d")), 23);
  EXPECT_EQ(hours(*parse_date("2026-11-01", "d")), 25);
}

TEST(Metric, PlayersAreNotCountedByTheMinute) {
  EXPECT_EQ(check_step(Metric::kNewPlayers, Step::kMinute).error().code, "step_too_fine");
  EXPECT_TRUE(check_step(Metric::kConcurrentPlayers, Step::kMinute));
  EXPECT_EQ(metric_named("QUEUE_WAIT_P95"), Metric::kQueueWaitP95);
  EXPECT_EQ(name_of(Metric::kMatches), "MATCHES");
  EXPECT_FALSE(metric_named("NOPE"));
}

}  // namespace
}  // namespace gamekeeper::analytics
