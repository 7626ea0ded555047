#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "insight/analytics/player_sets.h"
#include "insight/analytics/series_service.h"

namespace gamekeeper::analytics {

struct ActivePlayers {
  uint64_t daily = 0, weekly = 0, monthly = 0;
  double stickiness() const { return monthly == 0 ? 0 : static_cast<double>(daily) / static_cast<double>(monthly); }
};

struct RetentionRequest {
  DayNumber from = 0, to = 0;  // cohorts of [from, to)
  std::vector<int64_t> days;
  std::vector<FilterSpec> filters = {};
  TimeZone zone = TimeZone::utc();
};

struct Cohort {
  DayNumber date = 0;
  uint64_t size = 0;
  std::vector<std::optional<uint64_t>> retained;  // nullopt: the day is not over
};

struct Revenue {
  __int128 gross_micros = 0;
  uint64_t payers = 0, active = 0;
  uint64_t player_days = 0;  // each active player once a UTC day

  double gross() const { return static_cast<double>(gross_micros) / 1e6; }
  double conversion() const { return active == 0 ? 0 : static_cast<double>(payers) / static_cast<double>(active); }
  double arpdau() const { return player_days == 0 ? 0 : gross() / static_cast<double>(player_days); }
  double arppu() const { return payers == 0 ? 0 : gross() / static_cast<double>(payers); }
};

/// Questions about who came, came back and paid.
class PlayersService {
 public:
  PlayersService(Catalogue& catalogue, PlayerSets& sets, SeriesService& series)
      : catalogue_(catalogue), sets_(sets), series_(series) {}

  Task<Result<ActivePlayers>> active(Query& query, DayNumber date, TimeZone zone);

  /// Calendar retention. Errors, kInvalid: `bad_range`, `bad_days`, `too_many_points`, `bad_filter` (by EVENT).
  Task<Result<std::vector<Cohort>>> retention(Query& query, RetentionRequest request);

  /// Payers are those who paid in `currency`. Errors: those of check_range on the quarter hour; `currency_required`.
  Task<Result<Revenue>> revenue(Query& query, TimeRange range, std::string currency);

 private:
  Catalogue& catalogue_;
  PlayerSets& sets_;
  SeriesService& series_;
};

}  // namespace gamekeeper::analytics
