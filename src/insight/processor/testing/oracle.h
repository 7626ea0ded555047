#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "insight/processor/sketch.h"
#include "insight/processor/testing/fold_driver.h"

namespace gamekeeper::processor::testing {

/// The contract's meanings, computed the slow and obvious way from all events at once. Shares no code with the fold
/// but the sketch. Texts instead of numbers; every output is an ordered map, so that two answers can be compared.
struct Answers {
  using Dims = std::tuple<std::string, std::string, std::string>;
  using NameDims = std::tuple<std::string, std::string, std::string, std::string>;
  using Set = std::set<std::string>;

  std::map<std::pair<NameDims, int64_t>, std::pair<int64_t, int64_t>> minute, hour, day;     // events, errors
  std::map<std::pair<NameDims, int64_t>, Set> active_quarter, active_day, new_players, cohorts;
  std::map<int64_t, Set> active_all_quarter, active_all_day, new_all;
  std::map<int64_t, Set> active_zone_day;
  std::map<std::tuple<std::string, NameDims, int64_t>, std::string> revenue_minute, revenue_day;
  std::map<std::tuple<std::string, NameDims, int64_t>, Set> payers_quarter, payers_day;
  std::map<std::pair<std::string, int64_t>, std::pair<int64_t, int64_t>> economy_hour;
  std::map<std::pair<NameDims, int64_t>, std::string> sessions_minute, sessions_hour, sessions_day;  // encoded sketch
  std::map<int64_t, int64_t> concurrent;  // minute, where not 0
  std::map<std::tuple<std::string, std::string, int64_t>, std::string> measures_minute, measures_day;
  std::map<int64_t, int64_t> matches;  // by minute
  std::map<std::string, std::vector<std::pair<std::string, int64_t>>> trails;  // name → (player, time) by log
  std::map<std::tuple<std::string, std::string, int64_t>, std::vector<std::pair<uint64_t, uint64_t>>> gaps;
  std::map<std::string, std::tuple<int64_t, int64_t, int64_t>> ledger;  // stored, repeated, dropped
  std::map<std::string, int64_t> names;
  std::map<int64_t, int64_t> open_sessions;  // by minute of last event
  std::map<std::tuple<NameDims, int64_t, int64_t>, std::string> running_sessions;  // by minutes of first and last event
  Set online;
};

/// `now`: the end of the minute of the last receipt. `zone`: of kActiveZoneDay.
Answers expected(const std::vector<Sent>& log, const std::string& app, UnixMillis now, const TimeZone& zone);
/// The same, read from cells.
Answers found(MemorySeriesStore& store, const std::string& app, UnixMillis now);

}  // namespace gamekeeper::processor::testing
