// bench_make_days DATA_FOLDER [players_a_day=10000000] [zone=Europe/Berlin]: puts 61 days of players into the series
// store of a stopped server, as the processor would have left them, and prints the first day. Ingesting them would
// take hundreds of millions of events; the query does not know the difference.
//
// Per day every partition has its share of active players, drawn at random from all who were known by then (bitmaps at
// their largest and least regular), and 1 % of that number of new ones, spread over the day's quarter hours.
#include <fmt/format.h>

#include <cstdlib>
#include <random>
#include <string>

#include "adapters/embedded/sqlite_series_store.h"
#include "base/clock.h"
#include "insight/processor/cells.h"
#include "tests/support/run_task.h"

namespace {

using namespace gamekeeper;
using test::run;

constexpr ports::Partition kPartitions = 2;
constexpr int kDays = 61;
constexpr const char* kApp = "demo";

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "bench_make_days: {}\n", result.error().message);
  std::exit(1);
}

void must(Result<void> result) {
  if (!result) must<int>(std::unexpected(result.error()));
}

/// 64 players, each in with probability `of_32` / 32.
uint64_t draw(std::mt19937_64& random, unsigned of_32) {
  uint64_t word = 0;
  for (int bit = 0; bit < 5; ++bit) word = of_32 >> bit & 1 ? word | random() : word & random();
  return word;
}

class PartitionMaker {
 public:
  PartitionMaker(ports::SeriesStore& store, ports::Partition partition, uint32_t active_a_day, const TimeZone& zone)
      : store_(store), claim_(must(run(store.claim(partition, "bench")))), zone_(zone), active_(active_a_day) {
    random_.seed(partition + 1);
    players_ = active_ * 2;  // known before the first day
  }

  void make(DayNumber first) {
    for (DayNumber day = first; day < first + kDays; ++day) {
      add_new(day);
      add_active(day);
      commit();
    }
    cells::AppInfo info{.tuples = 1,
                        .players = players_,
                        .received_to = zone_.start_of(first + kDays),
                        .zone = std::string(zone_.name()),
                        .zone_days_from = first,
                        .currencies = {}};
    put(cells::kApps, cells::Key(kApp).str(), 0, info.encode());
    put(cells::kTuples, cells::Key(kApp).str(), 0,
        cells::Tuple{.name = "tick", .platform = "", .country = "", .version = ""}.encode());
    put(cells::kPartition, "", 0, cells::PartitionInfo{.received_to = info.received_to, .events = 1}.encode());
    commit();
    must(run(store_.release(claim_)));
  }

 private:
  void put(ports::Table table, std::string key, int64_t bucket, std::string value) {
    cells_.push_back({{table, std::move(key), bucket}, std::move(value)});
  }

  void commit() {
    must(run(store_.commit(claim_, ports::Position{}, cells_)));
    cells_.clear();
  }

  /// Cells of `players`, which are ascending, cut by part.
  void put_players(ports::Table table, const cells::Key& key, int64_t bucket, const std::vector<uint32_t>& players) {
    for (size_t from = 0, to = 0; from < players.size(); from = to) {
      const uint32_t part = players[from] >> 16;
      while (to < players.size() && players[to] >> 16 == part) ++to;
      cells::Players cell;
      cell.set.addMany(to - from, players.data() + from);
      put(table, cells::Key(key).u16(static_cast<uint16_t>(part)).str(), bucket, cell.encode());
    }
  }

  void add_new(DayNumber day) {
    const UnixMillis start = zone_.start_of(day);
    const uint32_t each = active_ / 100 / 96;
    for (int quarter = 0; quarter < 96; ++quarter) {
      std::vector<uint32_t> players;
      for (uint32_t i = 0; i < each; ++i) players.push_back(players_++);
      const UnixMillis at = start + quarter * cells::kQuarterMs;
      put_players(cells::kNewQuarter, cells::Key(kApp).u32(cells::kAllTuples).day(cells::utc_day(at)), at, players);
    }
  }

  void add_active(DayNumber day) {
    const auto of_32 = static_cast<unsigned>(uint64_t{active_} * 32 / players_ + 1);
    std::vector<uint32_t> players;
    players.reserve(active_ + active_ / 8);
    for (uint32_t base = 0; base < players_; base += 64) {
      for (uint64_t word = draw(random_, of_32); word != 0; word &= word - 1) {
        players.push_back(base + static_cast<uint32_t>(__builtin_ctzll(word)));
      }
    }
    while (players.back() >= players_) players.pop_back();
    put_players(cells::kActiveZoneDay, cells::Key(kApp).text(zone_.name()), day, players);
  }

  ports::SeriesStore& store_;
  ports::Claim claim_;
  const TimeZone& zone_;
  uint32_t active_, players_ = 0;
  std::mt19937_64 random_;
  std::vector<ports::Cell> cells_;
};

}  // namespace

int main(int count, char** words) {
  if (count < 2) return fmt::print(stderr, "usage: bench_make_days DATA_FOLDER [PLAYERS_A_DAY] [ZONE]\n"), 2;
  const auto players = static_cast<uint32_t>(count > 2 ? std::stol(words[2]) : 10'000'000);
  const auto zone = must(TimeZone::find(count > 3 ? words[3] : "Europe/Berlin"));
  auto store = must(adapters::SqliteSeriesStore::open(std::string(words[1]) + "/series"));
  const DayNumber first = zone.day_of(SystemClock().now_ms()) - kDays;
  for (ports::Partition p = 0; p < kPartitions; ++p) PartitionMaker(*store, p, players / kPartitions, zone).make(first);
  fmt::print("{}\n", format_time(zone.start_of(first) + 12 * cells::kHourMs).substr(0, 10));
}
