#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "insight/analytics/metrics/range.h"

namespace gamekeeper::analytics {

/// Cells of one width (a minute, a quarter hour, an hour, a day in UTC) over one span of time.
struct Slice {
  int64_t width_ms = 0;
  TimeRange span;
  bool operator==(const Slice&) const = default;
};

/// Splits every part into the fewest cells of the given widths (each a multiple of the next smaller one, ascending;
/// the parts stand on multiples of the smallest), so that no cell crosses a part's boundary. Slices of one width that
/// touch are merged, so a slice may span several parts. Ordered by width, greatest first, then by time.
std::vector<Slice> cover(std::span<const Bucket> parts, std::span<const int64_t> widths_ms);

/// The same for a single range.
std::vector<Slice> cover(const TimeRange& range, std::span<const int64_t> widths_ms);

}  // namespace gamekeeper::analytics
