// What was added up for an app since the last commit, as changes of cells: minutes fan out to hours and days here,
// once a commit and not once an event.
#include <algorithm>
#include <array>

#include "insight/processor/fold.h"

namespace gamekeeper::processor {

using cells::Key;

namespace {

struct Width {
  ports::Table table;
  int64_t ms;
};

constexpr std::array<Width, 3> widths(ports::Table minute_table) {
  const auto next = [&](int n) { return static_cast<ports::Table>(minute_table + n); };
  return {{{minute_table, cells::kMinuteMs}, {next(1), cells::kHourMs}, {next(2), cells::kDayMs}}};
}

/// Adds sorted players to the sets of one bucket, part by part.
class PlayerSets {
 public:
  PlayerSets(Changes& changes, std::span<const uint32_t> players) : changes_(changes), players_(players) {}

  /// `key` up to the part.
  void add(ports::Table table, const Key& key, int64_t bucket) {
    for (size_t from = 0; from < players_.size();) {
      const uint32_t part = players_[from] >> 16;
      size_t to = from;
      while (to < players_.size() && players_[to] >> 16 == part) ++to;
      auto& cell = changes_.at<cells::Players>(table, Key(key).u16(static_cast<uint16_t>(part)).str(), bucket);
      cell.set.addMany(to - from, players_.data() + from);
      from = to;
    }
  }

 private:
  Changes& changes_;
  std::span<const uint32_t> players_;
};

}  // namespace

void PartitionFold::drain_app(AppState& app) {
  drain_counts(app);
  drain_money(app);
  drain_names(app);
  drain_now(app);
  for (const auto& [key, ledger] : app.ledgers) {
    changes_.at<cells::Ledger>(cells::kLedger, Key(app.name()).plain(key).str(), 0) = ledger;
  }
}

void PartitionFold::drain_counts(AppState& app) {
  struct Row {
    uint32_t tuple;
    int64_t minute;
    AppState::MinuteCounts* counts;
  };
  std::vector<Row> rows;
  rows.reserve(app.all_counts().size());
  for (auto& [key, counts] : app.all_counts()) {
    rows.push_back({static_cast<uint32_t>(key >> 32), static_cast<int32_t>(static_cast<uint32_t>(key)), &counts});
  }
  // By tuple and time: then each quarter of a tuple is one run.
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return std::pair(a.tuple, a.minute) < std::pair(b.tuple, b.minute); });
  std::vector<uint32_t> players;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto& [tuple, minute, counts] = rows[i];
    const std::string key = Key(app.name()).u32(tuple / cells::kChunk).str();
    for (const auto& [table, width] : widths(cells::kCountsMinute)) {
      const int64_t bucket = cells::floor_to(minute * cells::kMinuteMs, width);
      changes_.at<cells::Counts>(table, key, bucket).add(tuple, counts->events, counts->errors);
    }
    players.insert(players.end(), counts->players.begin(), counts->players.end());
    const bool last_of_quarter = i + 1 == rows.size() || rows[i + 1].tuple != tuple ||
                                 cells::floor_div(rows[i + 1].minute, 15) != cells::floor_div(minute, 15);
    if (!last_of_quarter) continue;
    if (!players.empty()) drain_active(app, tuple, cells::floor_div(minute, 15) * cells::kQuarterMs, players);
    players.clear();
  }
}

void PartitionFold::drain_active(AppState& app, uint32_t tuple, UnixMillis quarter, std::vector<uint32_t>& players) {
  std::sort(players.begin(), players.end());
  players.erase(std::unique(players.begin(), players.end()), players.end());
  PlayerSets sets(changes_, players);
  const DayNumber day = cells::utc_day(quarter);
  for (uint32_t t : {tuple, cells::kAllTuples}) {
    sets.add(cells::kActiveQuarter, Key(app.name()).u32(t).day(day), quarter);
    sets.add(cells::kActiveDay, Key(app.name()).u32(t), day);
  }
  // A quarter that a local midnight cuts (zones before 1930) belongs to the day that begins in it.
  const DayNumber zone_day = app.zone.day_of(quarter + cells::kQuarterMs - 1);
  sets.add(cells::kActiveZoneDay, Key(app.name()).text(app.info.zone), zone_day);
}

void PartitionFold::drain_money(AppState& app) {
  for (const auto& [at, paid] : app.paid) {
    const std::string& currency = app.info.currencies[at.currency];
    const int64_t ms = at.minute * cells::kMinuteMs;
    const std::string key = Key(app.name()).text(currency).u32(at.tuple / cells::kChunk).str();
    for (const auto& [table, width] : widths(cells::kRevenueMinute)) {
      changes_.at<cells::Sums>(table, key, cells::floor_to(ms, width)).by_tuple[at.tuple] += paid.micros;
    }
    if (paid.payers.isEmpty()) continue;
    std::vector<uint32_t> players(paid.payers.cardinality());
    paid.payers.toUint32Array(players.data());
    PlayerSets sets(changes_, players);
    const DayNumber day = cells::utc_day(ms);
    for (uint32_t t : {at.tuple, cells::kAllTuples}) {
      const Key prefix = Key(app.name()).text(currency).u32(t);
      sets.add(cells::kPayersQuarter, Key(prefix).day(day), cells::floor_to(ms, cells::kQuarterMs));
      sets.add(cells::kPayersDay, prefix, day);
    }
  }
  for (const auto& [at, row] : app.flows) {
    for (const auto& [table, width] : widths(cells::kEconomyMinute)) {
      const int64_t bucket = cells::floor_to(at.second * cells::kMinuteMs, width);
      auto& sum = changes_.at<cells::Flows>(table, Key(app.name()).str(), bucket).by_currency[at.first];
      sum.sources += row.sources;
      sum.sinks += row.sinks;
    }
  }
}

void PartitionFold::drain_names(AppState& app) {
  for (NameState& name : app.names) {
    if (name.events == 0) continue;
    changes_.at<cells::Number>(cells::kNames, Key(app.name()).plain(name.name).str(), 0).value += name.events;
    for (auto& [day, trail] : name.trail) {
      changes_.at<cells::Trail>(cells::kTrail, Key(app.name()).text(name.name).day(day).str(), 0) = std::move(trail);
    }
    for (const auto& measure : name.measures) {
      const std::string key = Key(app.name()).text(name.name).text(measure->property).str();
      for (const auto& [minute, sketch] : measure->by_minute) {
        for (const auto& [table, width] : widths(cells::kMeasureMinute)) {
          const int64_t bucket = cells::floor_to(minute * cells::kMinuteMs, width);
          changes_.at<cells::Measured>(table, key, bucket).sketch.merge(sketch);
        }
      }
    }
  }
}

void PartitionFold::drain_now(AppState& app) {
  const std::string key = Key(app.name()).str();
  for (const auto& [player, minute, at] : app.seen) {
    // The slot of the ring may have to hold two laps in one commit: the later wins.
    const std::string chunk_key = Key(app.name()).u32(player / cells::kChunk).str();
    auto& seen = changes_.at<cells::Seen>(cells::kSeen, chunk_key, minute & 15);
    cells::Seen one{minute, {{player, at}}};
    seen.merge(one);
  }
  for (const auto& [second, events] : app.received) {
    changes_.at<cells::Received>(cells::kReceived, key, second & 1023).merge({second, events});
  }
  for (const auto& [hour, matches] : app.matches)
    changes_.at<cells::Matches>(cells::kMatches, key, hour).merge(matches);
  for (const auto& [minute, change] : app.open_sessions) {
    changes_.at<cells::Number>(cells::kOpenSessions, key, minute * cells::kMinuteMs).value += change;
  }
}

}  // namespace gamekeeper::processor
