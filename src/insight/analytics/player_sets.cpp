#include "insight/analytics/player_sets.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

#include "insight/processor/values.h"

namespace gamekeeper::analytics {
namespace {

using Table = PlayerSelector::Table;
using cells::kDayMs, cells::kQuarterMs, cells::kHourMs;

std::string cache_key(const Query& query, const AppPartition& partition, const PlayerSelector& selector,
                      const TimeRange& part) {
  std::string key = cells::Key(query.app).u32(partition.partition).text16(selector.text).str();
  for (const std::string& currency : selector.currencies) key += currency + ',';
  key += static_cast<char>('0' + static_cast<int>(selector.table));
  key.append(reinterpret_cast<const char*>(&part), sizeof(part));
  return key;
}

ports::Table quarter_table(Table table) {
  switch (table) {
    case Table::kActive:
      return cells::kActiveQuarter;
    case Table::kPayers:
      return cells::kPayersQuarter;
    case Table::kNew:
      return cells::kNewQuarter;
    case Table::kCohort:
      return cells::kCohortQuarter;
  }
  return 0;
}

Bucket part_of(UnixMillis from, UnixMillis to) { return {.start = from, .part = {from, to}}; }

}  // namespace

SetCache::Entry SetCache::find(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->entry;
}

void SetCache::put(const std::string& key, Entry entry) {
  const size_t bytes = entry.set->getSizeInBytes() + key.size() + 200;
  if (bytes > bytes_max_ / 4) return;
  std::lock_guard lock(mutex_);
  const auto old = by_key_.find(key);
  if (old != by_key_.end()) {
    const auto at = old->second;
    by_key_.erase(old);
    bytes_ -= at->bytes;
    recent_.erase(at);
  }
  recent_.push_front({key, std::move(entry), bytes});
  by_key_.emplace(recent_.front().key, recent_.begin());
  bytes_ += bytes;
  while (bytes_ > bytes_max_) {
    bytes_ -= recent_.back().bytes;
    by_key_.erase(recent_.back().key);
    recent_.pop_back();
  }
}

/// Buckets to be read, and where their sets grow.
struct PlayerSets::Job {
  const Query& query;
  const AppPartition& partition;
  const PlayerSelector& selector;
  const TimeZone& zone;
  std::vector<size_t> places;  // of `buckets` in what was asked for, ascending
  std::vector<Bucket> buckets = {};
  std::vector<uint64_t> hashes = {};  // of the cells' bytes, by bucket
  std::vector<Roaring> sets = {};     // stay empty when only the hashes are wanted
  bool hashes_only = false;
  bool corrupt = false;

  void prepare(std::span<const Bucket> all) {
    std::sort(places.begin(), places.end());
    for (const size_t place : places) buckets.push_back(all[place]);
    hashes.resize(places.size());
    sets.resize(places.size());
  }
  bool take(UnixMillis at, std::string_view value) {
    const size_t bucket = bucket_at(buckets, at);
    if (bucket == buckets.size()) return true;
    hashes[bucket] = XXH3_64bits_withSeed(value.data(), value.size(), hashes[bucket] + static_cast<uint64_t>(at));
    if (hashes_only) return true;
    auto set = cells::decode_players(value);
    if (!set) return !(corrupt = true);
    sets[bucket] |= *set;
    return true;
  }
};

Task<Result<std::vector<PlayerSet>>> PlayerSets::read(Query& query, const AppPartition& partition,
                                                      const PlayerSelector& selector, std::span<const Bucket> buckets,
                                                      const TimeZone& zone) {
  std::vector<PlayerSet> sets(buckets.size());
  std::vector<std::string> keys(buckets.size());
  std::vector<SetCache::Entry> known(buckets.size());
  Job doubtful{query, partition, selector, zone, {}};
  Job missing{query, partition, selector, zone, {}};
  for (size_t i = 0; i < buckets.size(); ++i) {
    keys[i] = cache_key(query, partition, selector, buckets[i].part);
    known[i] = cache_.find(keys[i]);
    const bool same = known[i].set && known[i].epoch == partition.epoch && known[i].commits == partition.commits;
    const bool closed = buckets[i].part.to + kHourMs < query.now;
    const bool trusted = known[i].set && closed && query.now - known[i].read_at < kTrustMs;
    if (same || trusted) {
      if (!same) query.depends_on_time(known[i].read_at + kTrustMs);
      sets[i] = known[i].set;
    } else {
      (known[i].set && closed ? doubtful : missing).places.push_back(i);
    }
  }
  auto keep = [&](size_t place, PlayerSet set, uint64_t hash) {
    cache_.put(keys[place], {set, hash, partition.epoch, partition.commits, query.now});
    sets[place] = std::move(set);
  };

  // A closed bucket seldom changes: reading its bytes is cheaper than making its set again.
  doubtful.hashes_only = true;
  doubtful.prepare(buckets);
  if (auto done = co_await read_cells(doubtful); !done) co_return std::unexpected(done.error());
  for (size_t n = 0; n < doubtful.places.size(); ++n) {
    const size_t place = doubtful.places[n];
    if (doubtful.hashes[n] == known[place].hash) {
      keep(place, known[place].set, known[place].hash);
    } else {
      missing.places.push_back(place);
    }
  }

  missing.prepare(buckets);
  if (auto done = co_await read_cells(missing); !done) co_return std::unexpected(done.error());
  if (missing.corrupt) co_return fail(ErrorKind::kCorrupt, "corrupt_cell", "A set of players cannot be read.");
  for (size_t n = 0; n < missing.places.size(); ++n) {
    keep(missing.places[n], std::make_shared<const Roaring>(std::move(missing.sets[n])), missing.hashes[n]);
  }
  co_return sets;
}

Task<Result<void>> PlayerSets::read_cells(Job& job) {
  if (job.buckets.empty()) co_return Result<void>{};
  const bool days = job.selector.table == Table::kActive || job.selector.table == Table::kPayers;
  const bool all = job.selector.tuples.size() == 1 && job.selector.tuples[0] == cells::kAllTuples;
  const cells::AppInfo& info = job.partition.info;
  if (job.selector.table == Table::kActive && all && info.zone == job.zone.name() && info.zone != "UTC") {
    co_return co_await read_zone_days(job);
  }
  const std::array<int64_t, 2> widths{kQuarterMs, kDayMs};
  for (const Slice& slice : cover(job.buckets, std::span(widths).first(days ? 2 : 1))) {
    auto done =
        slice.width_ms == kDayMs ? co_await read_days(job, slice.span) : co_await read_quarters(job, slice.span);
    if (!done) co_return done;
  }
  co_return Result<void>{};
}

/// The app's own days inside the buckets, quarters for what is left.
Task<Result<void>> PlayerSets::read_zone_days(Job& job) {
  const cells::AppInfo& info = job.partition.info;
  std::vector<Bucket> rest;
  for (const Bucket& bucket : job.buckets) {
    const TimeRange part = bucket.part;
    DayNumber first = job.zone.day_of(part.from);
    if (job.zone.start_of(first) < part.from) ++first;
    first = std::max(first, info.zone_days_from);
    DayNumber last = job.zone.day_of(part.to);  // excluded
    const bool aligned =
        first < last && job.zone.start_of(first) % kQuarterMs == 0 && job.zone.start_of(last) % kQuarterMs == 0;
    if (!aligned) {
      rest.push_back(bucket);
      continue;
    }
    for (uint32_t n = 0; n < job.partition.parts(); ++n) {
      auto visit = [&](const ports::CellView& cell) { return job.take(part.from, cell.value); };
      std::string key = cells::Key(job.query.app).text(info.zone).u16(static_cast<uint16_t>(n)).str();
      auto done = co_await store_.scan(exact_range(cells::kActiveZoneDay, std::move(key), first, last), visit,
                                       job.partition.partition);
      if (!done) co_return done;
    }
    if (part.from < job.zone.start_of(first)) rest.push_back(part_of(part.from, job.zone.start_of(first)));
    if (job.zone.start_of(last) < part.to) rest.push_back(part_of(job.zone.start_of(last), part.to));
  }
  const std::array<int64_t, 2> widths{kQuarterMs, kDayMs};
  for (const Slice& slice : cover(rest, widths)) {
    auto done =
        slice.width_ms == kDayMs ? co_await read_days(job, slice.span) : co_await read_quarters(job, slice.span);
    if (!done) co_return done;
  }
  co_return Result<void>{};
}

Task<Result<void>> PlayerSets::read_days(Job& job, const TimeRange& span) {
  auto visit = [&](const ports::CellView& cell) { return job.take(cell.bucket * kDayMs, cell.value); };
  const bool payers = job.selector.table == Table::kPayers;
  const std::vector<std::string> none{""};
  for (const std::string& currency : payers ? job.selector.currencies : none) {
    for (const uint32_t tuple : job.selector.tuples) {
      for (uint32_t n = 0; n < job.partition.parts(); ++n) {
        cells::Key key(job.query.app);
        if (payers) key.text(currency);
        key.u32(tuple).u16(static_cast<uint16_t>(n));
        auto done = co_await store_.scan(exact_range(payers ? cells::kPayersDay : cells::kActiveDay, key.str(),
                                                     cells::utc_day(span.from), cells::utc_day(span.to)),
                                         visit, job.partition.partition);
        if (!done) co_return done;
      }
    }
  }
  co_return Result<void>{};
}

Task<Result<void>> PlayerSets::read_quarters(Job& job, const TimeRange& span) {
  auto visit = [&](const ports::CellView& cell) { return job.take(cell.bucket, cell.value); };
  const bool payers = job.selector.table == Table::kPayers;
  const std::vector<std::string> none{""};
  for (const std::string& currency : payers ? job.selector.currencies : none) {
    for (const uint32_t tuple : job.selector.tuples) {
      const auto range =
          payers ? cells::payers_range(job.query.app, currency, tuple, span.from, span.to)
                 : cells::quarters_range(quarter_table(job.selector.table), job.query.app, tuple, span.from, span.to);
      auto done = co_await store_.scan(range, visit, job.partition.partition);
      if (!done) co_return done;
    }
  }
  co_return Result<void>{};
}

}  // namespace gamekeeper::analytics
