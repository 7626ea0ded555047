#pragma once

#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/zoned.h"
#include "insight/analytics/metrics/metric.h"

namespace gamekeeper::analytics {

inline constexpr size_t kPointsMax = 5'000;

/// Half open: `to` does not belong to it.
struct TimeRange {
  UnixMillis from = 0;
  UnixMillis to = 0;
  bool operator==(const TimeRange&) const = default;
};

/// Errors, kInvalid: `bad_range` (it ends before it begins), `unaligned_range` (ends that are no multiples of
/// `grain_ms`), `range_too_long` (outside the years 1800 to 2199).
Result<void> check_range(const TimeRange& range, int64_t grain_ms);

/// A point of a series: `start` names it (the zone's own boundary); `part` is what of it lies in the range.
struct Bucket {
  UnixMillis start = 0;
  TimeRange part;
};

/// The buckets that touch `range`, in order, without gaps. Boundaries of zones whose offset is no multiple of the
/// grain (local mean times before about 1930) are moved back to the grain before them.
/// Errors: kInvalid `too_many_points` beyond kPointsMax.
Result<std::vector<Bucket>> buckets_of(const TimeRange& range, Step step, const TimeZone& zone, int64_t grain_ms);

/// Index of the bucket whose part holds `at`; buckets.size() when there is none.
size_t bucket_at(const std::vector<Bucket>& buckets, UnixMillis at);

}  // namespace gamekeeper::analytics
