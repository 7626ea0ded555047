#include "insight/processor/coverage.h"

namespace gamekeeper::processor {
namespace {

constexpr size_t kEntriesMax = 200'000;

ports::CellKey period_key(const Player& p, int64_t number) {
  return {cells::kCoverage, cells::Key(p.app->name()).u32(p.state.number).str(), number};
}
ports::CellKey long_key(const Player& p) {
  return {cells::kCoverageLong, cells::Key(p.app->name()).u32(p.state.number).str(), 0};
}

struct Periods {
  int64_t first, last;              // that the stretch touches
  int64_t whole_first, whole_last;  // that it covers whole; none when whole_first > whole_last
};

Periods periods_of(const Stretch& s) {
  constexpr int64_t kWidth = Coverage::kPeriodMinutes;
  Periods p{cells::floor_div(s.from, kWidth), cells::floor_div(s.to, kWidth), 0, 0};
  p.whole_first = s.from == p.first * kWidth ? p.first : p.first + 1;
  p.whole_last = s.to == (p.last + 1) * kWidth - 1 ? p.last : p.last - 1;
  return p;
}

}  // namespace

Coverage::Entry& Coverage::period(const Player& p, int64_t number) { return entries_[period_key(p, number)]; }

Coverage::Entry& Coverage::long_of(const Player& p) { return entries_[long_key(p)]; }

Task<Result<void>> Coverage::load(const std::vector<Stretch>& stretches) {
  std::vector<ports::CellKey> keys;
  auto want = [&](ports::CellKey key) {
    if (!entries_[key].loaded) keys.push_back(std::move(key));
  };
  for (const Stretch& s : stretches) {
    const Periods p = periods_of(s);
    want(period_key(*s.player, p.first));
    if (p.last != p.first) want(period_key(*s.player, p.last));
    const bool whole = p.whole_first <= p.whole_last;
    if (whole || s.player->state.has_long_coverage) want(long_key(*s.player));
    if (whole) {
      auto loaded = co_await load_all(*s.player, p.whole_first, p.whole_last);
      if (!loaded) co_return std::unexpected(loaded.error());
    }
  }
  if (keys.empty()) co_return Result<void>();
  auto values = co_await store_.get(partition_, keys);
  if (!values) co_return std::unexpected(values.error());
  for (size_t i = 0; i < keys.size(); ++i) {
    Entry& entry = entries_[keys[i]];
    if (entry.loaded) continue;
    entry.loaded = true;
    if (!(*values)[i]) continue;
    wire::Reader in(*(*values)[i]);
    entry.minutes = Intervals<int64_t>::decode(in);
    if (!in.done()) co_return fail(ErrorKind::kCorrupt, "corrupt_state", "A player's coverage cannot be read.");
  }
  co_return Result<void>();
}

Task<Result<void>> Coverage::load_all(const Player& p, int64_t first, int64_t last) {
  std::vector<std::pair<int64_t, std::string>> found;
  auto key = period_key(p, first);
  const ports::CellRange range{key.table, key.key, {}, first, last + 1};
  auto scanned = co_await store_.scan(
      range,
      [&found](const ports::CellView& cell) {
        found.emplace_back(cell.bucket, std::string(cell.value));
        return true;
      },
      partition_);
  if (!scanned) co_return std::unexpected(scanned.error());
  for (const auto& [number, bytes] : found) {
    Entry& entry = period(p, number);
    if (entry.loaded) continue;
    wire::Reader in(bytes);
    entry.minutes = Intervals<int64_t>::decode(in);
    entry.loaded = true;
    if (!in.done()) co_return fail(ErrorKind::kCorrupt, "corrupt_state", "A player's coverage cannot be read.");
  }
  co_return Result<void>();
}

void Coverage::cover(const Stretch& s, Changes& changes) {
  const Periods p = periods_of(s);
  const std::string& app = s.player->app->name();
  const Fresh fresh = [&](int64_t from, int64_t to) { count_concurrent(app, from, to, changes); };
  if (p.first < p.whole_first) {
    cover_part(*s.player, p.first, s.from, std::min(s.to, (p.first + 1) * kPeriodMinutes - 1), fresh);
  }
  if (p.whole_first <= p.whole_last) cover_whole(*s.player, p.whole_first, p.whole_last, fresh);
  if (p.last > p.whole_last && (p.last > p.first || p.first >= p.whole_first)) {
    cover_part(*s.player, p.last, std::max(s.from, p.last * kPeriodMinutes), s.to, fresh);
  }
}

void Coverage::cover_part(const Player& p, int64_t number, int64_t from, int64_t to, const Fresh& fresh) {
  if (p.state.has_long_coverage && long_of(p).minutes.contains(number)) return;
  Entry& entry = period(p, number);
  GK_CHECK(entry.loaded, "load() reads what cover() needs");
  entry.minutes.add(from, to, fresh);
  entry.dirty = true;
}

void Coverage::cover_whole(Player& p, int64_t first, int64_t last, const Fresh& fresh) {
  // What lies in the range already, as minutes; the rest of it is new.
  Intervals<int64_t> covered;
  if (p.state.has_long_coverage) {
    for (const auto& [from, to] : long_of(p).minutes.all()) {
      if (to < first || from > last) continue;
      covered.add(std::max(from, first) * kPeriodMinutes, (std::min(to, last) + 1) * kPeriodMinutes - 1);
    }
  }
  for (int64_t number = first; number <= last; ++number) {
    auto at = entries_.find(period_key(p, number));
    if (at == entries_.end() || at->second.minutes.empty()) continue;
    for (const auto& [from, to] : at->second.minutes.all()) covered.add(from, to);
    at->second.minutes.clear();
    at->second.dirty = true;
  }
  covered.add(first * kPeriodMinutes, (last + 1) * kPeriodMinutes - 1, fresh);
  Entry& whole = long_of(p);
  whole.minutes.add(first, last);
  whole.loaded = whole.dirty = true;
  p.state.has_long_coverage = p.dirty = true;
}

void Coverage::write(std::vector<ports::Cell>& out) {
  for (auto& [key, entry] : entries_) {
    if (!entry.dirty) continue;
    std::string bytes;
    if (!entry.minutes.empty()) entry.minutes.encode(bytes);
    out.push_back({key, std::move(bytes)});
  }
}

void Coverage::committed() {
  if (entries_.size() > kEntriesMax) return entries_.clear();
  for (auto& [key, entry] : entries_) entry.dirty = false;
}

void count_concurrent(const std::string& app, int64_t from, int64_t to, Changes& changes) {
  constexpr int64_t kHour = 60, kDay = 24 * kHour, kBlock = 1024 * kDay;
  const std::string key = cells::Key(app).str();
  auto hour = [&](int64_t minute) -> cells::ConcurrentHour& {
    return changes.at<cells::ConcurrentHour>(cells::kConcurrentHours, key, cells::floor_to(minute, kHour) * 60'000);
  };
  auto block = [&](int64_t minute) -> cells::ConcurrentBlock& {
    return changes.at<cells::ConcurrentBlock>(cells::kConcurrentBlocks, key, cells::floor_to(minute, kBlock) * 60'000);
  };
  auto starts = [&](int64_t width) { return cells::floor_to(from, width) == from && from + width - 1 <= to; };
  while (from <= to) {
    if (starts(kBlock)) {
      ++block(from).whole;
      from += kBlock;
    } else if (starts(kDay)) {
      const int64_t day = cells::floor_div(from - cells::floor_to(from, kBlock), kDay);
      ++block(from).days[static_cast<uint16_t>(day)];
      from += kDay;
    } else if (starts(kHour)) {
      ++hour(from).whole;
      from += kHour;
    } else {
      ++hour(from).minutes[static_cast<size_t>(from - cells::floor_to(from, kHour))];
      ++from;
    }
  }
}

}  // namespace gamekeeper::processor
