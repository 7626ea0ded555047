#pragma once

#include <cstdint>
#include <optional>

#include "load/latencies.h"
#include "load/traffic.h"

namespace gamekeeper::bench {

struct LoadOptions {
  uint32_t connections = 32;
  double seconds = 5;
  /// Units of work a second, sent by the clock (open loop); without, the next request follows the last answer.
  std::optional<double> rate;
  /// Ends sooner, once so many units have been done; 0: no such end.
  uint64_t units_max = 0;
  /// Answers of the first seconds are not counted among the latencies: connections and code warm up.
  double warm_s = 0;
};

struct LoadResult {
  uint64_t requests = 0, units = 0;
  uint64_t refused = 0;     // answers other than 2xx
  uint64_t incomplete = 0;  // units sent in requests that were answered with 2xx, and yet not done
  uint64_t unanswered = 0;  // requests planned in an open loop and not answered 10 s after its end
  double seconds = 0;       // from the first request to the last answer
  double own_late_p99_ms = 0;  // open loop: how late this program itself was, while a connection was free
  double own_late_max_ms = 0;
  bool before_others = false;  // open loop: this program had a real-time priority
  Latencies latencies;
};

/// Runs the load to its end.
LoadResult run_load(const Target& target, Traffic& traffic, const LoadOptions& options);

}  // namespace gamekeeper::bench
