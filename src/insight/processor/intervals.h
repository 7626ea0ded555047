#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "insight/processor/wire.h"

namespace gamekeeper::processor {

/// A set of whole numbers as closed intervals, ascending, never touching. Appending at the end costs nothing.
template <class Int>
class Intervals {
 public:
  using Interval = std::pair<Int, Int>;

  bool contains(Int n) const {
    if (all_.empty() || n > all_.back().second) return false;
    auto at = first_not_before(n);
    return at != all_.end() && at->first <= n;
  }

  /// Adds [from, to] and calls `fresh(a, b)` for each stretch that was not in the set before.
  template <class Fresh>
  void add(Int from, Int to, Fresh fresh) {
    if (!all_.empty() && all_.back().second < from && all_.back().second + 1 == from) [[likely]] {
      all_.back().second = to;
      return fresh(from, to);
    }
    auto first = first_not_before(from);
    auto last = first;
    Int next = from;
    for (; last != all_.end() && last->first <= to; ++last) {
      if (next < last->first) fresh(next, static_cast<Int>(last->first - 1));
      next = last->second >= to ? to : static_cast<Int>(last->second + 1);
      if (last->second >= to) {
        ++last;
        return replace(first, last, from, to);
      }
    }
    fresh(next, to);
    replace(first, last, from, to);
  }
  void add(Int from, Int to) {
    add(from, to, [](Int, Int) {});
  }

  const std::vector<Interval>& all() const { return all_; }
  bool empty() const { return all_.empty(); }
  void clear() { all_.clear(); }

  void encode(std::string& out) const {
    wire::put(out, all_.size());
    Int previous = 0;
    for (const auto& [from, to] : all_) {
      wire::put_signed(out, static_cast<int64_t>(from - previous));
      wire::put(out, static_cast<uint64_t>(to - from));
      previous = to;
    }
  }
  static Intervals decode(wire::Reader& in) {
    Intervals set;
    Int previous = 0;
    for (uint64_t n = in.number(); n > 0 && in.ok(); --n) {
      const Int from = static_cast<Int>(previous + static_cast<Int>(in.signed_number()));
      previous = static_cast<Int>(from + static_cast<Int>(in.number()));
      set.all_.emplace_back(from, previous);
    }
    return set;
  }

 private:
  auto first_not_before(Int n) {
    return std::lower_bound(all_.begin(), all_.end(), n, [](const Interval& i, Int x) { return i.second < x; });
  }
  auto first_not_before(Int n) const {
    return std::lower_bound(all_.begin(), all_.end(), n, [](const Interval& i, Int x) { return i.second < x; });
  }

  /// [first, last) overlap [from, to]: they become one, together with neighbours that touch.
  void replace(typename std::vector<Interval>::iterator first, typename std::vector<Interval>::iterator last, Int from,
               Int to) {
    if (first != last) {
      from = std::min(from, first->first);
      to = std::max(to, std::prev(last)->second);
    }
    if (first != all_.begin() && std::prev(first)->second + 1 == from) from = (--first)->first;
    if (last != all_.end() && to + 1 == last->first) to = last++->second;
    if (first == last) {
      all_.insert(first, {from, to});
    } else {
      *first = {from, to};
      all_.erase(std::next(first), last);
    }
  }

  std::vector<Interval> all_;
};

}  // namespace gamekeeper::processor
