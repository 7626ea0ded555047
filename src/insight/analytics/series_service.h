#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/decimal.h"
#include "base/task.h"
#include "insight/analytics/catalogue.h"
#include "insight/analytics/metrics/cover.h"
#include "insight/analytics/metrics/selection.h"
#include "insight/analytics/player_sets.h"

namespace gamekeeper::analytics {

struct SeriesRequest {
  Metric metric = Metric::kEvents;
  TimeRange range;
  Step step = Step::kDay;
  Selection selection = {};
  std::string currency = {};
  size_t limit = 20;
  TimeZone zone = TimeZone::utc();
};

struct SeriesResult {
  std::string key;
  double total = 0;
  __int128 total_micros = 0;        // of REVENUE
  std::vector<double> values;       // one a bucket
  std::vector<__int128> micros;     // of REVENUE, the same
};

struct SeriesAnswer {
  std::vector<Bucket> buckets;
  std::vector<SeriesResult> series;
};

/// Numbers over time, from rollups: minutes, hours and days where they fit, never raw events.
class SeriesService {
 public:
  SeriesService(ports::SeriesStore& store, Catalogue& catalogue, PlayerSets& sets)
      : store_(store), catalogue_(catalogue), sets_(sets) {}

  /// Errors, kInvalid: those of check_range, check_step and buckets_of; `currency_required`, `not_divisible` (a metric
  /// without dimensions was to be split or filtered), `bad_limit`.
  Task<Result<SeriesAnswer>> series(Query& query, SeriesRequest request);

  /// What one bucket of width `range` holds, undivided: for live deltas.
  Task<Result<double>> value(Query& query, Metric metric, TimeRange range, std::optional<std::string> event);

 private:
  struct Work;
  Task<Result<void>> read(Query& query, Work& work);
  Task<Result<void>> read_chunks(Query& query, Work& work, const AppPartition& partition);
  Task<Result<void>> leave_out_running(Query& query, Work& work, const AppPartition& partition);
  Task<Result<void>> read_players(Query& query, Work& work, const AppPartition& partition);
  Task<Result<void>> read_waits(Query& query, Work& work);
  Task<Result<void>> read_matches(Query& query, Work& work);
  Task<Result<void>> read_concurrent(Query& query, Work& work);

  ports::SeriesStore& store_;
  Catalogue& catalogue_;
  PlayerSets& sets_;
};

}  // namespace gamekeeper::analytics
