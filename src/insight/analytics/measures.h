#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "insight/analytics/metrics/range.h"
#include "insight/analytics/query.h"

namespace gamekeeper::analytics {

/// Whether an app declared (event, property) as a measure in its settings.
using DeclaredMeasures =
    std::function<bool(const std::string& app, const std::string& event, const std::string& property)>;

/// Quantiles of measured properties.
class Measures {
 public:
  Measures(ports::SeriesStore& store, DeclaredMeasures declared) : store_(store), declared_(std::move(declared)) {}

  /// In the order of `p`; nullopt where nothing was measured. Errors, kInvalid: `not_measured`, `bad_quantile` (outside
  /// 0 to 1), those of check_range on the minute.
  Task<Result<std::vector<std::optional<double>>>> percentiles(Query& query, std::string event, std::string property,
                                                               TimeRange range, std::vector<double> p);

 private:
  ports::SeriesStore& store_;
  DeclaredMeasures declared_;
};

}  // namespace gamekeeper::analytics
