#include "insight/analytics/series_service.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/currency.h"
#include "insight/analytics/series_work.h"

namespace gamekeeper::analytics {
namespace {

constexpr size_t kGroupedPointsMax = 200'000;  // of one field: an answer of some 10 MB

using cells::kHourMs, cells::kMinuteMs;

std::unexpected<Error> corrupt() {
  return fail(ErrorKind::kCorrupt, "corrupt_cell", "A stored number cannot be read.");
}

bool divisible(Metric metric) {
  switch (metric) {
    case Metric::kConcurrentPlayers:
    case Metric::kMatches:
    case Metric::kQueueWaitP50:
    case Metric::kQueueWaitP95:
      return false;
    default:
      return true;
  }
}

/// The table of a metric's rollups of one width.
ports::Table table_of(Metric metric, int64_t width) {
  ports::Table minutes = cells::kCountsMinute;
  if (metric == Metric::kRevenue) minutes = cells::kRevenueMinute;
  if (metric == Metric::kSessions || metric == Metric::kSessionSecondsMedian) minutes = cells::kSessionsMinute;
  if (metric == Metric::kQueueWaitP50 || metric == Metric::kQueueWaitP95) minutes = cells::kMeasureMinute;
  return width == kMinuteMs ? minutes : width == kHourMs ? minutes + 1 : minutes + 2;
}

Result<void> check_divisible(const SeriesRequest& request) {
  if (divisible(request.metric) || request.selection.everything()) return {};
  return fail(ErrorKind::kInvalid, "not_divisible", "This metric cannot be split or filtered.",
              request.selection.group_by ? "groupBy"
              : request.selection.event  ? "event"
                                         : "filter");
}

Result<void> check(const SeriesRequest& request) {
  if (auto ok = check_step(request.metric, request.step); !ok) return ok;
  if (auto ok = check_range(request.range, grain_ms(request.metric)); !ok) return ok;
  if (request.metric == Metric::kRevenue && request.currency.empty()) {
    return fail(ErrorKind::kInvalid, "currency_required", "Revenue is counted in one currency: say which.", "currency");
  }
  const bool money = request.metric == Metric::kRevenue || request.metric == Metric::kPayers;
  if (money && !request.currency.empty() && !is_currency(request.currency)) {
    return fail(ErrorKind::kInvalid, "bad_currency", "The currency must be an ISO 4217 code.", "currency",
                "a code such as EUR");
  }
  if (auto ok = check_divisible(request); !ok) return ok;
  if (request.limit < 1 || request.limit > 1'000) {
    return fail(ErrorKind::kInvalid, "bad_limit", "The limit must be from 1 to 1000.", "limit", "1 to 1000");
  }
  return {};
}

}  // namespace

Task<Result<SeriesAnswer>> SeriesService::series(Query& query, SeriesRequest request) {
  if (auto ok = check(request); !ok) co_return std::unexpected(ok.error());
  auto buckets = buckets_of(request.range, request.step, request.zone, grain_ms(request.metric));
  if (!buckets) co_return std::unexpected(buckets.error());
  if (request.selection.group_by && request.limit * buckets->size() > kGroupedPointsMax) {
    co_return fail(
        ErrorKind::kInvalid, "too_many_points",
        "That many groups have too many points together; take a smaller limit, a longer step or a shorter range.",
        "limit", fmt::format("{} points", kGroupedPointsMax));
  }
  Work work(std::move(request));
  work.buckets = std::move(*buckets);
  if (auto done = co_await read(query, work); !done) co_return std::unexpected(done.error());
  co_return work.answer();
}

Task<Result<double>> SeriesService::value(Query& query, Metric metric, TimeRange range,
                                          std::optional<std::string> event) {
  SeriesRequest request{.metric = metric, .range = range, .selection = {.event = std::move(event)}};
  if (auto ok = check_divisible(request); !ok) co_return std::unexpected(ok.error());
  Work work(std::move(request));
  work.buckets.push_back({.start = range.from, .part = range});
  if (auto done = co_await read(query, work); !done) co_return std::unexpected(done.error());
  co_return work.answer().series.at(0).total;
}

Task<Result<void>> SeriesService::read(Query& query, Work& work) {
  if (work.buckets.empty()) co_return Result<void>{};
  const Metric metric = work.request.metric;
  if (metric == Metric::kMatches) co_return co_await read_matches(query, work);
  if (metric == Metric::kConcurrentPlayers) co_return co_await read_concurrent(query, work);
  if (metric == Metric::kQueueWaitP50 || metric == Metric::kQueueWaitP95) co_return co_await read_waits(query, work);
  auto partitions = co_await catalogue_.partitions(query);
  if (!partitions) co_return std::unexpected(partitions.error());
  const bool players = shape_of(metric) == Shape::kPlayers || metric == Metric::kNewPlayers;
  for (const auto& partition : *partitions) {
    auto done =
        players ? co_await read_players(query, work, *partition) : co_await read_chunks(query, work, *partition);
    if (!done) co_return done;
  }
  co_return Result<void>{};
}

Task<Result<void>> SeriesService::read_chunks(Query& query, Work& work, const AppPartition& partition) {
  const Metric metric = work.request.metric;
  const std::vector<int32_t> group_of = work.groups_of(*partition.tuples);
  auto group = [&](uint32_t tuple) { return tuple < group_of.size() ? group_of[tuple] : TupleGroups::kNone; };
  bool bad = false;
  cells::Counts counts;
  auto visit = [&](const ports::CellView& cell) {
    const size_t bucket = bucket_at(work.buckets, cell.bucket);
    if (bucket == work.buckets.size()) return true;
    if (metric == Metric::kRevenue) {
      const auto sums = cells::Sums::decode(cell.value);
      if (!sums) return !(bad = true);
      for (const auto& [tuple, micros] : sums->by_tuple) {
        if (group(tuple) >= 0) work.add(group(tuple), bucket, micros);
      }
    } else if (metric == Metric::kEvents || metric == Metric::kErrors) {
      if (!counts.read(cell.value)) return !(bad = true);
      for (const auto& row : counts.rows) {
        const int64_t n = metric == Metric::kErrors ? row.errors : row.events;
        if (n != 0 && group(row.tuple) >= 0) work.add(group(row.tuple), bucket, n);
      }
    } else {
      const auto sessions = cells::Sessions::decode(cell.value);
      if (!sessions) return !(bad = true);
      for (const auto& [tuple, seconds] : sessions->by_tuple) {
        if (group(tuple) < 0 || seconds.count() == 0) continue;
        work.add(group(tuple), bucket, seconds.count());
        if (metric == Metric::kSessionSecondsMedian) work.row(group(tuple)).sketches[bucket].merge(seconds);
      }
    }
    return true;
  };
  for (const Slice& slice : cover(work.buckets, kRollupWidths)) {
    for (uint32_t chunk = 0; chunk < partition.chunks(); ++chunk) {
      cells::Key key(query.app);
      if (metric == Metric::kRevenue) key.text(work.request.currency);
      key.u32(chunk);
      auto done =
          co_await store_.scan(exact_range(table_of(metric, slice.width_ms), key.str(), slice.span.from, slice.span.to),
                               visit, partition.partition);
      if (!done) co_return done;
      if (bad) co_return corrupt();
    }
  }
  if (metric == Metric::kSessionSecondsMedian) co_return co_await leave_out_running(query, work, partition);
  co_return Result<void>{};
}

/// Takes out again what is not closed yet.
Task<Result<void>> SeriesService::leave_out_running(Query& query, Work& work, const AppPartition& partition) {
  const std::vector<int32_t> group_of = work.groups_of(*partition.tuples);
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    const auto running = cells::Running::decode(cell.value);
    if (!running) return !(bad = true);
    for (const auto& [minute, sessions] : running->by_first_minute) {
      const size_t bucket = bucket_at(work.buckets, minute * kMinuteMs);
      if (bucket == work.buckets.size()) continue;
      query.depends_on_time(cell.bucket + kMinuteMs + cells::kIdleMs);
      for (const auto& [tuple, seconds] : sessions.by_tuple) {
        const int32_t group = tuple < group_of.size() ? group_of[tuple] : TupleGroups::kNone;
        if (group >= 0) work.row(group).sketches[bucket].merge(seconds, -1);
      }
    }
    return true;
  };
  const UnixMillis from = cells::floor_to(query.now - cells::kIdleMs, kMinuteMs);
  for (uint32_t chunk = 0; chunk < partition.chunks(); ++chunk) {
    const cells::Key key = cells::Key(query.app).u32(chunk);
    auto done = co_await store_.scan(exact_range(cells::kRunningSessions, key.str(), from, INT64_MAX), visit,
                                     partition.partition);
    if (!done) co_return done;
  }
  if (bad) co_return corrupt();
  co_return Result<void>{};
}

Task<Result<void>> SeriesService::read_players(Query& query, Work& work, const AppPartition& partition) {
  const Selection& selection = work.request.selection;
  std::map<int32_t, std::vector<uint32_t>> tuples_of;
  if (selection.everything()) {
    tuples_of[0] = {cells::kAllTuples};
  } else {
    const std::vector<int32_t> groups = work.groups_of(*partition.tuples);
    for (uint32_t tuple = 0; tuple < groups.size(); ++tuple) {
      if (groups[tuple] >= 0) tuples_of[groups[tuple]].push_back(tuple);
    }
  }
  const bool fresh = work.request.metric == Metric::kNewPlayers;
  PlayerSelector selector{.table = fresh                                    ? PlayerSelector::Table::kNew
                                   : work.request.metric == Metric::kPayers ? PlayerSelector::Table::kPayers
                                                                            : PlayerSelector::Table::kActive};
  if (selector.table == PlayerSelector::Table::kPayers) {
    selector.currencies =
        work.request.currency.empty() ? partition.info.currencies : std::vector{work.request.currency};
  }
  for (auto& [group, tuples] : tuples_of) {
    selector.tuples = std::move(tuples);
    selector.text = selection.everything() ? "" : selection.text() + "=" + work.groups.keys()[group];
    auto sets = co_await sets_.read(query, partition, selector, work.buckets, work.request.zone);
    if (!sets) co_return std::unexpected(sets.error());
    Roaring whole;
    for (size_t bucket = 0; bucket < sets->size(); ++bucket) {
      const auto players = static_cast<int64_t>((*sets)[bucket]->cardinality());
      if (players > 0) work.add(group, bucket, players);
      if (!fresh && sets->size() > 1) whole |= *(*sets)[bucket];
    }
    // A player who came back in another bucket counts once in the range.
    if (!fresh && sets->size() > 1) {
      auto& row = work.row(group);
      for (const PlayerSet& set : *sets) row.total -= static_cast<int64_t>(set->cardinality());
      row.total += static_cast<int64_t>(whole.cardinality());
    }
  }
  co_return Result<void>{};
}

Task<Result<void>> SeriesService::read_waits(Query& query, Work& work) {
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    const size_t bucket = bucket_at(work.buckets, cell.bucket);
    if (bucket == work.buckets.size()) return true;
    auto sketch = Sketch::decode(cell.value);
    if (!sketch) return !(bad = true);
    work.row(0).sketches[bucket].merge(*sketch);
    return true;
  };
  for (const Slice& slice : cover(work.buckets, kRollupWidths)) {
    auto done = co_await store_.scan(
        cells::measure_range(table_of(work.request.metric, slice.width_ms), query.app, cells::kQueueWaitEvent,
                             cells::kQueueWaitProperty, slice.span.from, slice.span.to),
        visit);
    if (!done) co_return done;
  }
  if (bad) co_return corrupt();
  co_return Result<void>{};
}

Task<Result<void>> SeriesService::read_matches(Query& query, Work& work) {
  // A match whose facts lie in several partitions counts once, at its earliest minute.
  std::unordered_map<uint64_t, UnixMillis> minute_of;
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    auto matches = cells::Matches::decode(cell.value);
    if (!matches) return !(bad = true);
    for (const auto& [hash, minute] : matches->minute_by_hash) {
      const UnixMillis at = cell.bucket + minute * kMinuteMs;
      const auto [known, added] = minute_of.emplace(hash, at);
      if (!added) known->second = std::min(known->second, at);
    }
    return true;
  };
  const UnixMillis from = cells::floor_to(work.buckets.front().part.from, kHourMs);
  auto done = co_await store_.scan(
      exact_range(cells::kMatches, cells::Key(query.app).str(), from, work.buckets.back().part.to), visit);
  if (!done) co_return done;
  if (bad) co_return corrupt();
  for (const auto& [hash, at] : minute_of) {
    const size_t bucket = bucket_at(work.buckets, at);
    if (bucket < work.buckets.size()) work.add(0, bucket, 1);
  }
  co_return Result<void>{};
}

Task<Result<void>> SeriesService::read_concurrent(Query& query, Work& work) {
  const TimeRange range{work.buckets.front().part.from, work.buckets.back().part.to};
  ConcurrentMinutes minutes;
  bool bad = false;
  auto visit_hour = [&](const ports::CellView& cell) {
    auto hour = cells::ConcurrentHour::decode(cell.value);
    if (!hour) return !(bad = true);
    minutes.add_hour(cell.bucket, *hour);
    return true;
  };
  auto done = co_await store_.scan(
      exact_range(cells::kConcurrentHours, cells::Key(query.app).str(), cells::floor_to(range.from, kHourMs), range.to),
      visit_hour);
  if (!done) co_return done;
  auto visit_block = [&](const ports::CellView& cell) {
    auto block = cells::ConcurrentBlock::decode(cell.value);
    if (!block) return !(bad = true);
    minutes.add_block(cell.bucket, *block);
    return true;
  };
  done = co_await store_.scan(
      exact_range(cells::kConcurrentBlocks, cells::Key(query.app).str(), cells::block_start(range.from), range.to),
      visit_block);
  if (!done) co_return done;
  if (bad) co_return corrupt();
  auto& row = work.row(0);
  for (size_t bucket = 0; bucket < work.buckets.size(); ++bucket) {
    row.sums[bucket] = minutes.greatest(work.buckets[bucket].part);
    row.total = std::max(row.total, row.sums[bucket]);
  }
  co_return Result<void>{};
}

}  // namespace gamekeeper::analytics
