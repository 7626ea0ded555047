#include "insight/analytics/metrics/cover.h"

#include <algorithm>

namespace gamekeeper::analytics {
namespace {

UnixMillis floor_to(UnixMillis at, int64_t grain) {
  const int64_t rest = at % grain;
  return at - (rest < 0 ? rest + grain : rest);
}
UnixMillis ceil_to(UnixMillis at, int64_t grain) { return floor_to(at + grain - 1, grain); }

void add(std::vector<Slice>& slices, const TimeRange& span, int64_t width) {
  if (span.from >= span.to) return;
  if (!slices.empty() && slices.back().span.to == span.from) {
    slices.back().span.to = span.to;
  } else {
    slices.push_back({.width_ms = width, .span = span});
  }
}

}  // namespace

std::vector<Slice> cover(std::span<const Bucket> parts, std::span<const int64_t> widths_ms) {
  // Peel the greatest width off every part; what is left at the edges goes to the next smaller one.
  std::vector<TimeRange> rest;
  for (const Bucket& bucket : parts) rest.push_back(bucket.part);
  std::vector<Slice> slices;
  for (size_t i = widths_ms.size(); i-- > 0;) {
    const int64_t width = widths_ms[i];
    std::vector<TimeRange> edges;
    std::vector<Slice> whole;
    for (const TimeRange& part : rest) {
      const UnixMillis from = ceil_to(part.from, width);
      const UnixMillis to = floor_to(part.to, width);
      if (from >= to) {
        edges.push_back(part);
        continue;
      }
      add(whole, {from, to}, width);
      if (part.from < from) edges.push_back({part.from, from});
      if (to < part.to) edges.push_back({to, part.to});
    }
    slices.insert(slices.end(), whole.begin(), whole.end());
    rest = std::move(edges);
  }
  return slices;
}

std::vector<Slice> cover(const TimeRange& range, std::span<const int64_t> widths_ms) {
  const Bucket one{.start = range.from, .part = range};
  return cover(std::span(&one, 1), widths_ms);
}

}  // namespace gamekeeper::analytics
