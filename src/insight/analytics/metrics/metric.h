#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/zoned.h"

namespace gamekeeper::analytics {

/// What `series` can show; the meanings stand in docs/api/analytics.graphql.
enum class Metric : uint8_t {
  kEvents,
  kErrors,
  kActivePlayers,
  kPayers,
  kNewPlayers,
  kSessions,
  kSessionSecondsMedian,
  kConcurrentPlayers,
  kRevenue,
  kMatches,
  kQueueWaitP50,
  kQueueWaitP95,
};

using Step = TimeZone::Step;

enum class Dimension : uint8_t { kEvent, kPlatform, kCountry, kVersion };

/// How a metric's cells add up over tuples, partitions and time.
enum class Shape : uint8_t {
  kCount,     // numbers that add up
  kPlayers,   // sets of players: united in a partition, then counted; partitions add up
  kSketch,    // sketches that merge
  kGreatest,  // numbers a minute: added up over tuples and partitions, then the greatest over time
};

Shape shape_of(Metric metric);
/// The quantile that a kSketch metric shows.
double quantile_of(Metric metric);
/// What the range's ends must be multiples of: a minute, or a quarter hour for players.
int64_t grain_ms(Metric metric);

/// By the schema's name (`ACTIVE_PLAYERS`); nullopt for an unknown one.
std::optional<Metric> metric_named(std::string_view name);
std::string_view name_of(Metric metric);
std::optional<Step> step_named(std::string_view name);
std::optional<Dimension> dimension_named(std::string_view name);

/// Errors: kInvalid `step_too_fine` for metrics of players by MINUTE.
Result<void> check_step(Metric metric, Step step);

}  // namespace gamekeeper::analytics
