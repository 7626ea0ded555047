#include "insight/analytics/metrics/metric.h"

#include <algorithm>
#include <array>

namespace gamekeeper::analytics {
namespace {

constexpr std::array<std::string_view, 12> kMetricNames = {
    "EVENTS",      "ERRORS",   "ACTIVE_PLAYERS",         "PAYERS",
    "NEW_PLAYERS", "SESSIONS", "SESSION_SECONDS_MEDIAN", "CONCURRENT_PLAYERS",
    "REVENUE",     "MATCHES",  "QUEUE_WAIT_P50",         "QUEUE_WAIT_P95",
};
constexpr std::array<std::string_view, 6> kStepNames = {"MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"};
constexpr std::array<std::string_view, 4> kDimensionNames = {"EVENT", "PLATFORM", "COUNTRY", "VERSION"};

template <class Enum, size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

Shape shape_of(Metric metric) {
  switch (metric) {
    case Metric::kActivePlayers:
    case Metric::kPayers:
      return Shape::kPlayers;
    case Metric::kSessionSecondsMedian:
    case Metric::kQueueWaitP50:
    case Metric::kQueueWaitP95:
      return Shape::kSketch;
    case Metric::kConcurrentPlayers:
      return Shape::kGreatest;
    default:
      return Shape::kCount;
  }
}

double quantile_of(Metric metric) { return metric == Metric::kQueueWaitP95 ? 0.95 : 0.5; }

int64_t grain_ms(Metric metric) {
  const bool players = metric == Metric::kActivePlayers || metric == Metric::kPayers || metric == Metric::kNewPlayers;
  return players ? 15 * 60'000 : 60'000;
}

std::optional<Metric> metric_named(std::string_view name) { return named<Metric>(kMetricNames, name); }
std::string_view name_of(Metric metric) { return kMetricNames[static_cast<size_t>(metric)]; }
std::optional<Step> step_named(std::string_view name) { return named<Step>(kStepNames, name); }
std::optional<Dimension> dimension_named(std::string_view name) { return named<Dimension>(kDimensionNames, name); }

Result<void> check_step(Metric metric, Step step) {
  if (step == Step::kMinute && grain_ms(metric) > 60'000) {
    return fail(ErrorKind::kInvalid, "step_too_fine", "Players are counted by the hour or longer.", "step", "HOUR");
  }
  return {};
}

}  // namespace gamekeeper::analytics
