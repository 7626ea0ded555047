#include "insight/analytics/series_work.h"

namespace gamekeeper::analytics {

using cells::kBlockMs, cells::kDayMs, cells::kHourMs, cells::kMinuteMs;

SeriesService::Work::Group& SeriesService::Work::row(int32_t group) {
  while (rows.size() <= static_cast<size_t>(group)) {
    rows.emplace_back().sums.resize(buckets.size());
    if (shape_of(request.metric) == Shape::kSketch) rows.back().sketches.resize(buckets.size());
  }
  return rows[group];
}

void SeriesService::Work::add(int32_t group, size_t bucket, __int128 amount) {
  Group& to = row(group);
  to.met = true;
  to.sums[bucket] += amount;
  to.total += amount;
}

std::vector<int32_t> SeriesService::Work::groups_of(const std::vector<cells::Tuple>& tuples) {
  std::vector<int32_t> of;
  of.reserve(tuples.size());
  for (const cells::Tuple& t : tuples) {
    // A tuple without a name is no event's: it only carries the dimensions of cohorts.
    of.push_back(t.name.empty() ? TupleGroups::kNone : groups.group_of({t.name, t.platform, t.country, t.version}));
  }
  return of;
}

SeriesAnswer SeriesService::Work::answer() {
  if (!request.selection.group_by) row(0).met = true;
  const bool money = request.metric == Metric::kRevenue;
  const bool sketch = shape_of(request.metric) == Shape::kSketch;
  std::vector<SeriesResult> all;
  std::vector<std::string> keys;
  std::vector<double> order;
  for (size_t g = 0; g < rows.size(); ++g) {
    Group& group = rows[g];
    if (!group.met) continue;
    SeriesResult& result = all.emplace_back();
    result.key = groups.keys()[g];
    if (sketch) {
      Sketch whole;
      for (const Sketch& part : group.sketches) {
        result.values.push_back(part.quantile(quantile_of(request.metric)).value_or(0));
        whole.merge(part);
      }
      result.total = whole.quantile(quantile_of(request.metric)).value_or(0);
    } else {
      const double unit = money ? 1e6 : 1;
      for (const __int128 sum : group.sums) result.values.push_back(static_cast<double>(sum) / unit);
      result.total = static_cast<double>(group.total) / unit;
      if (money) result.micros = std::move(group.sums), result.total_micros = group.total;
    }
    keys.push_back(result.key);
    order.push_back(result.total);
  }
  SeriesAnswer answer{std::move(buckets), {}};
  for (const size_t i : greatest(order, keys, request.limit)) answer.series.push_back(std::move(all[i]));
  return answer;
}

int64_t ConcurrentMinutes::whole_days(UnixMillis at) const {
  const UnixMillis start = cells::block_start(at);
  const auto block = blocks_.find(start);
  if (block == blocks_.end()) return 0;
  const auto day = block->second.days.find(static_cast<uint16_t>((at - start) / kDayMs));
  return block->second.whole + (day == block->second.days.end() ? 0 : day->second);
}

int64_t ConcurrentMinutes::greatest(const TimeRange& range) const {
  // Hours without a cell show what their day shows, and hours with one show at least that.
  int64_t most = 0;
  for (auto block = blocks_.lower_bound(cells::block_start(range.from));
       block != blocks_.end() && block->first < range.to; ++block) {
    most = std::max(most, block->second.whole);
    for (const auto& [day, players] : block->second.days) {
      const UnixMillis at = block->first + day * kDayMs;
      if (at + kDayMs > range.from && at < range.to) most = std::max(most, block->second.whole + players);
    }
  }
  for (auto hour = hours_.lower_bound(cells::floor_to(range.from, kHourMs));
       hour != hours_.end() && hour->first < range.to; ++hour) {
    const int64_t base = hour->second.whole + whole_days(hour->first);
    const int64_t first = std::max<int64_t>(0, (range.from - hour->first) / kMinuteMs);
    const int64_t last = std::min<int64_t>(60, (range.to - hour->first) / kMinuteMs);
    for (int64_t minute = first; minute < last; ++minute) {
      most = std::max(most, base + hour->second.minutes[minute]);
    }
  }
  return most;
}

}  // namespace gamekeeper::analytics
