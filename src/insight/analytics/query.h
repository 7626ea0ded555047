#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ports/series_store.h"

namespace gamekeeper::analytics {

/// What one request sees: whose data, at what time, and the state of the partitions before anything was read (so that
/// what is remembered under these commits is never older than they are).
struct Query {
  std::string app;
  UnixMillis now = 0;
  std::vector<ports::PartitionState> states;
  UnixMillis valid_before = INT64_MAX;

  /// Said by whoever makes an answer from `now`: it may be another from `at` on.
  void depends_on_time(UnixMillis at) { valid_before = std::min(valid_before, at); }
};

}  // namespace gamekeeper::analytics
