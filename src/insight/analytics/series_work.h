#pragma once

#include <array>
#include <map>
#include <vector>

#include "insight/analytics/series_service.h"
#include "insight/processor/values.h"

namespace gamekeeper::analytics {

inline constexpr std::array<int64_t, 3> kRollupWidths = {cells::kMinuteMs, cells::kHourMs, cells::kDayMs};

/// The sum that one request is about while it grows.
struct SeriesService::Work {
  explicit Work(SeriesRequest r) : request(std::move(r)), groups(request.selection) {}

  const SeriesRequest request;
  std::vector<Bucket> buckets;
  TupleGroups groups;

  struct Group {
    bool met = false;                  // a cell of the range speaks of it
    std::vector<__int128> sums;        // by bucket
    __int128 total = 0;
    std::vector<Sketch> sketches;      // by bucket, of metrics of shape kSketch
  };
  std::vector<Group> rows;  // by group

  Group& row(int32_t group);
  void add(int32_t group, size_t bucket, __int128 amount);
  /// The group of each of a partition's tuples.
  std::vector<int32_t> groups_of(const std::vector<cells::Tuple>& tuples);
  SeriesAnswer answer();
};

/// Greatest number of players at once in each bucket, from the cells of all partitions.
class ConcurrentMinutes {
 public:
  void add_hour(UnixMillis hour, const cells::ConcurrentHour& cell) { hours_[hour].merge(cell); }
  void add_block(UnixMillis block, const cells::ConcurrentBlock& cell) { blocks_[block].merge(cell); }
  int64_t greatest(const TimeRange& range) const;

 private:
  int64_t whole_days(UnixMillis at) const;

  std::map<UnixMillis, cells::ConcurrentHour> hours_;
  std::map<UnixMillis, cells::ConcurrentBlock> blocks_;
};

}  // namespace gamekeeper::analytics
