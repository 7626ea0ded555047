#include "insight/analytics/players_service.h"

#include <algorithm>

namespace gamekeeper::analytics {
namespace {

constexpr int64_t kDayOffsetMax = 3'650;
constexpr size_t kRetentionCellsMax = 20'000;

/// A zone's day as a bucket on the quarter hour.
Bucket day_bucket(const TimeZone& zone, DayNumber day) {
  const UnixMillis from = zone.start_of(day), to = zone.start_of(day + 1);
  return {.start = from, .part = {cells::floor_to(from, cells::kQuarterMs), cells::floor_to(to, cells::kQuarterMs)}};
}

Result<void> check(const RetentionRequest& request) {
  if (request.from > request.to)
    return fail(ErrorKind::kInvalid, "bad_range", "The range ends before it begins.", "to");
  for (const int64_t n : request.days) {
    if (n < 0 || n > kDayOffsetMax) {
      return fail(ErrorKind::kInvalid, "bad_days", "A day after the first is a number from 0.", "days", "0 to 3650");
    }
  }
  const size_t cohorts = static_cast<size_t>(int64_t{request.to} - request.from);
  if (request.days.size() > 1'000 || cohorts * std::max<size_t>(1, request.days.size()) > kRetentionCellsMax) {
    return fail(ErrorKind::kInvalid, "too_many_points", "That is too much at once; ask for fewer cohorts or days.",
                "days", std::to_string(kRetentionCellsMax));
  }
  for (const FilterSpec& filter : request.filters) {
    if (filter.dimension == Dimension::kEvent) {
      return fail(ErrorKind::kInvalid, "bad_filter", "A player's first session has no event to filter by.", "filter");
    }
  }
  return {};
}

/// The tuples of the first sessions that pass all filters.
std::vector<uint32_t> cohort_tuples(const std::vector<cells::Tuple>& tuples, const std::vector<FilterSpec>& filters) {
  TupleGroups groups({.filters = filters});
  std::vector<uint32_t> matching;
  for (uint32_t i = 0; i < tuples.size(); ++i) {
    const cells::Tuple& t = tuples[i];
    if (t.name.empty() && groups.group_of({t.name, t.platform, t.country, t.version}) >= 0) matching.push_back(i);
  }
  return matching;
}

}  // namespace

Task<Result<ActivePlayers>> PlayersService::active(Query& query, DayNumber date, TimeZone zone) {
  auto partitions = co_await catalogue_.partitions(query);
  if (!partitions) co_return std::unexpected(partitions.error());
  std::vector<Bucket> days;
  for (DayNumber day = date - 29; day <= date; ++day) days.push_back(day_bucket(zone, day));
  ActivePlayers answer;
  for (const auto& partition : *partitions) {
    const PlayerSelector everyone;
    auto sets = co_await sets_.read(query, *partition, everyone, days, zone);
    if (!sets) co_return std::unexpected(sets.error());
    auto united = [&](size_t last) {
      std::vector<const Roaring*> inputs;
      for (size_t i = sets->size() - last; i < sets->size(); ++i) inputs.push_back((*sets)[i].get());
      return Roaring::fastunion(inputs.size(), inputs.data()).cardinality();
    };
    answer.daily += sets->back()->cardinality();
    answer.weekly += united(7);
    answer.monthly += united(30);
  }
  co_return answer;
}

Task<Result<std::vector<Cohort>>> PlayersService::retention(Query& query, RetentionRequest request) {
  if (auto ok = check(request); !ok) co_return std::unexpected(ok.error());
  std::vector<Cohort> cohorts;
  std::vector<Bucket> first_days;
  std::vector<DayNumber> later;  // those that are over
  for (DayNumber date = request.from; date < request.to; ++date) {
    Cohort& cohort = cohorts.emplace_back(Cohort{.date = date});
    first_days.push_back(day_bucket(request.zone, date));
    for (const int64_t n : request.days) {
      const auto day = static_cast<DayNumber>(date + n);
      const UnixMillis end = request.zone.start_of(day + 1);
      cohort.retained.push_back(end <= query.now ? std::optional<uint64_t>(0) : std::nullopt);
      if (end <= query.now) later.push_back(day);
      if (end > query.now) query.depends_on_time(end);
    }
  }
  std::sort(later.begin(), later.end());
  later.erase(std::unique(later.begin(), later.end()), later.end());
  std::vector<Bucket> later_days;
  for (const DayNumber day : later) later_days.push_back(day_bucket(request.zone, day));

  auto partitions = co_await catalogue_.partitions(query);
  if (!partitions) co_return std::unexpected(partitions.error());
  for (const auto& partition : *partitions) {
    PlayerSelector newcomers{.table = PlayerSelector::Table::kNew};
    if (!request.filters.empty()) {
      newcomers.table = PlayerSelector::Table::kCohort;
      newcomers.tuples = cohort_tuples(*partition->tuples, request.filters);
      newcomers.text = Selection{.filters = request.filters}.text();
    }
    auto firsts = co_await sets_.read(query, *partition, newcomers, first_days, request.zone);
    if (!firsts) co_return std::unexpected(firsts.error());
    const PlayerSelector everyone;
    auto actives = co_await sets_.read(query, *partition, everyone, later_days, request.zone);
    if (!actives) co_return std::unexpected(actives.error());
    for (size_t c = 0; c < cohorts.size(); ++c) {
      const Roaring& first = *(*firsts)[c];
      cohorts[c].size += first.cardinality();
      for (size_t n = 0; n < request.days.size(); ++n) {
        if (!cohorts[c].retained[n] || first.isEmpty()) continue;
        const auto day = static_cast<DayNumber>(cohorts[c].date + request.days[n]);
        const size_t at = std::lower_bound(later.begin(), later.end(), day) - later.begin();
        *cohorts[c].retained[n] += first.and_cardinality(*(*actives)[at]);
      }
    }
  }
  co_return cohorts;
}

Task<Result<Revenue>> PlayersService::revenue(Query& query, TimeRange range, std::string currency) {
  if (auto ok = check_range(range, cells::kQuarterMs); !ok) co_return std::unexpected(ok.error());
  const TimeZone utc = TimeZone::utc();
  SeriesRequest money{.metric = Metric::kRevenue, .range = range, .step = Step::kYear, .currency = currency};
  auto gross = co_await series_.series(query, std::move(money));
  if (!gross) co_return std::unexpected(gross.error());
  Revenue answer{.gross_micros = gross->series.at(0).total_micros};

  auto partitions = co_await catalogue_.partitions(query);
  if (!partitions) co_return std::unexpected(partitions.error());
  std::vector<Bucket> days;
  for (UnixMillis at = range.from; at < range.to;) {
    const UnixMillis end = std::min(cells::floor_to(at, cells::kDayMs) + cells::kDayMs, range.to);
    days.push_back({.start = at, .part = {at, end}});
    at = end;
  }
  const std::vector<Bucket> whole{{.start = range.from, .part = range}};
  for (const auto& partition : *partitions) {
    const PlayerSelector everyone;
    auto sets = co_await sets_.read(query, *partition, everyone, days, utc);
    if (!sets) co_return std::unexpected(sets.error());
    Roaring active;
    for (const PlayerSet& set : *sets) {
      answer.player_days += set->cardinality();
      active |= *set;
    }
    answer.active += active.cardinality();
    const PlayerSelector payers{.table = PlayerSelector::Table::kPayers, .currencies = {currency}};
    auto paid = co_await sets_.read(query, *partition, payers, whole, utc);
    if (!paid) co_return std::unexpected(paid.error());
    answer.payers += paid->at(0)->cardinality();
  }
  co_return answer;
}

}  // namespace gamekeeper::analytics
