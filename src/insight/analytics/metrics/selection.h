#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "insight/analytics/metrics/metric.h"

namespace gamekeeper::analytics {

/// A dimension's value must be one of these.
struct FilterSpec {
  Dimension dimension = Dimension::kCountry;
  std::vector<std::string> in;
};

/// What of an app's events is asked for, and by what it is split. All filters must hold.
struct Selection {
  std::optional<std::string> event;
  std::vector<FilterSpec> filters;
  std::optional<Dimension> group_by;

  bool everything() const { return !event && filters.empty() && !group_by; }
  /// A text that is equal for equal selections: a part of cache keys.
  std::string text() const;
};

/// The four things that events are told apart by.
struct TupleView {
  std::string_view name, platform, country, version;
};
std::string_view value_of(const TupleView& tuple, Dimension dimension);

/// Sorts tuples into the groups of a selection; the groups are those that were met, in the order they were met.
/// Without group_by there is one, with the key "".
class TupleGroups {
 public:
  static constexpr int32_t kNone = -1;

  explicit TupleGroups(Selection selection);
  /// The tuple's group, or kNone when the selection leaves it out.
  int32_t group_of(const TupleView& tuple);
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  Selection selection_;
  std::vector<std::string> keys_;
  std::map<std::string, int32_t, std::less<>> by_key_;
};

/// Positions of the `limit` greatest totals, greatest first, equal ones by key.
template <class Total>
std::vector<size_t> greatest(const std::vector<Total>& totals, const std::vector<std::string>& keys, size_t limit) {
  std::vector<size_t> order(totals.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return totals[a] != totals[b] ? totals[a] > totals[b] : keys[a] < keys[b]; });
  order.resize(std::min(order.size(), limit));
  return order;
}

}  // namespace gamekeeper::analytics
