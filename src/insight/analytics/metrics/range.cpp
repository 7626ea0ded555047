#include "insight/analytics/metrics/range.h"

#include <algorithm>

namespace gamekeeper::analytics {
namespace {

constexpr UnixMillis kEarliest = -5'364'662'400'000;  // 1800-01-01
constexpr UnixMillis kLatest = 7'258'118'400'000;     // 2200-01-01

UnixMillis floor_millis(UnixMillis at, int64_t grain) {
  const int64_t rest = at % grain;
  return at - (rest < 0 ? rest + grain : rest);
}

}  // namespace

Result<void> check_range(const TimeRange& range, int64_t grain_ms) {
  if (range.from > range.to) {
    return fail(ErrorKind::kInvalid, "bad_range", "The range ends before it begins.", "to");
  }
  for (const auto& [at, field] : {std::pair{range.from, "from"}, std::pair{range.to, "to"}}) {
    if (at % grain_ms != 0) {
      return fail(ErrorKind::kInvalid, "unaligned_range",
                  grain_ms == 60'000 ? "Both ends of the range must stand on a whole minute."
                                     : "Both ends of the range must stand on a quarter hour, for players.",
                  field, grain_ms == 60'000 ? "1 minute" : "15 minutes");
    }
    if (at < kEarliest || at > kLatest) {
      return fail(ErrorKind::kInvalid, "range_too_long", "The range must lie in the years 1800 to 2199.", field,
                  "1800 to 2199");
    }
  }
  return {};
}

Result<std::vector<Bucket>> buckets_of(const TimeRange& range, Step step, const TimeZone& zone, int64_t grain_ms) {
  std::vector<Bucket> buckets;
  if (range.from >= range.to) return buckets;
  UnixMillis start = zone.floor(range.from, step);
  UnixMillis from = range.from;
  while (from < range.to) {
    const UnixMillis next = zone.next(start, step);
    GK_CHECK(next > start, "a bucket ends after it begins");
    const UnixMillis to = std::min(floor_millis(next, grain_ms), range.to);
    if (to > from) {
      if (buckets.size() == kPointsMax) {
        return fail(ErrorKind::kInvalid, "too_many_points",
                    "The range has too many buckets of this step; take a longer step or a shorter range.", "step",
                    std::to_string(kPointsMax));
      }
      buckets.push_back({.start = start, .part = {from, to}});
      from = to;
    }
    start = next;
  }
  return buckets;
}

size_t bucket_at(const std::vector<Bucket>& buckets, UnixMillis at) {
  const auto after =
      std::upper_bound(buckets.begin(), buckets.end(), at, [](UnixMillis t, const Bucket& b) { return t < b.part.to; });
  if (after == buckets.end() || at < after->part.from) return buckets.size();
  return static_cast<size_t>(after - buckets.begin());
}

}  // namespace gamekeeper::analytics
