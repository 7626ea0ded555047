// The bytes of cells: one key of each shape, one value of each kind and form. A store that was written yesterday is read
// by them, so other bytes mean a new data format with a migration (adapters/embedded/data_folder.h).
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

#include "insight/processor/cells.h"
#include "insight/processor/state.h"
#include "insight/processor/values.h"
#include "tests/golden/golden.h"

namespace gamekeeper::cells {
namespace {

constexpr const char* kFile = "values.txt";
constexpr UnixMillis kNow = 1'790'000'000'123;

struct Example {
  std::string what;  // its type, and what it holds
  std::string bytes;
  std::function<std::optional<std::string>(std::string_view)> again;  // decoded and encoded; absent for keys
};

template <class T>
Example value(std::string what, const T& v) {
  return {std::move(what), v.encode(), [](std::string_view bytes) -> std::optional<std::string> {
            const auto decoded = T::decode(bytes);
            return decoded ? std::optional(decoded->encode()) : std::nullopt;
          }};
}

Example key(std::string what, Key made) { return {"key: " + std::move(what), std::move(made).str(), nullptr}; }

Sketch sketch(std::initializer_list<double> values) {
  Sketch s;
  for (const double x : values) s.add(x);
  return s;
}

std::vector<Example> keys() {
  return {
      key("kApps, kCounts without chunk: app arena", Key("arena")),
      key("kNames: app arena, plain session_start", Key("arena").plain("session_start")),
      key("kCountsMinute: app arena, chunk 1", Key("arena").u32(1)),
      key("kRevenueDay: app arena, currency EUR, chunk 0", Key("arena").text("EUR").u32(0)),
      key("kActiveQuarter: app arena, all tuples, day 20717, part 2", Key("arena").u32(kAllTuples).day(20'717).u16(2)),
      key("kActiveQuarter: app arena, tuple 7, day -62091 (1800), part 0", Key("arena").u32(7).day(-62'091).u16(0)),
      key("kActiveZoneDay: app arena, zone Europe/Berlin, part 0", Key("arena").text("Europe/Berlin").u16(0)),
      key("kTrail: app arena, name tick, day 20717", Key("arena").text("tick").day(20'717)),
      key("kGaps: app arena, day 20717, player p, session s", Key("arena").day(20'717).text16("p").plain("s")),
  };
}

std::vector<Example> status() {
  return {
      value("PartitionInfo: received_to 1790000000123, events 1000", PartitionInfo{kNow, 1'000}),
      value("AppInfo: 3 tuples, 200 players, received_to, zone Europe/Berlin from day 20700, EUR USD",
            AppInfo{3, 200, kNow, "Europe/Berlin", 20'700, {"EUR", "USD"}}),
      value("AppInfo: of no event", AppInfo{}),
      value("Tuple: purchase ios DE 1.2", Tuple{"purchase", "ios", "DE", "1.2"}),
      value("Tuple: of a cohort, android", Tuple{"", "android", "", ""}),
      value("Ledger: stored 900, repeated 70, dropped time_out_of_range 20 and too_many_gaps 10",
            Ledger{900, 70, {{"time_out_of_range", 20}, {"too_many_gaps", 10}}}),
      value("Number: 300", Number{300}),
      value("Number: -1, a change", Number{-1}),
  };
}

std::vector<Example> sums() {
  Counts counts;
  counts.add(0, 5, 0);
  counts.add(300, 7, 2);
  Sums revenue;
  revenue.by_tuple = {{0, 0}, {9, __int128{4'990'000}}, {10, -(__int128{1} << 100)}};
  Flows flows;
  flows.by_currency = {{"gems", {1'000'000, 250'000}}, {"gold", {0, 1}}};
  Sessions sessions;
  sessions.by_tuple = {{2, sketch({0, 60, 61.5})}, {5, sketch({3600})}};
  return {
      value("Counts: tuple 0: 5 events; tuple 300: 7 events, 2 errors", counts),
      value("Sums: tuple 0: 0, 9: 4.99, 10: -2^100 micros", revenue),
      value("Flows: gems +1 -0.25, gold -0.000001", flows),
      value("Sessions: tuple 2: 0 60 61.5 s; tuple 5: 3600 s", sessions),
      value("Measured: -2.5 0 1e-12 1 1 1000000", Measured{sketch({-2.5, 0, 1e-12, 1, 1, 1e6})}),
  };
}

std::vector<Example> sets() {
  Players list, runs, scattered;
  for (const uint32_t p : {0u, 1u, 200u, 70'000u}) list.add(p);
  for (uint32_t p = 10; p < 1'000; ++p) runs.add(p);
  for (uint32_t p = 0; p < 49; ++p) scattered.add(p * 3);
  Matches matches;
  matches.minute_by_hash = {{0x0102030405060708, 0}, {0xfffefdfcfbfaf9f8, 59}};
  return {
      value("Players: 0 1 200 70000, as a list", list),
      value("Players: 10 to 999, as Roaring with a run", runs),
      value("Players: every third to 144, as Roaring", scattered),
      value("Matches: hashes 0102030405060708 in minute 0, fffefdfcfbfaf9f8 in minute 59", matches),
      value("Gaps: 2 to 2, 5 to 300", Gaps{{{2, 2}, {5, 300}}}),
  };
}

std::vector<Example> moments() {
  ConcurrentHour hour;
  hour.whole = 3;
  hour.minutes[1] = 2, hour.minutes[59] = -1;
  ConcurrentBlock block;
  block.whole = 1;
  block.days = {{0, 5}, {1'023, -2}};
  Trail trail;
  trail.entries = {{4, kNow, 100}, {2, kNow - 5'000, 101}};
  Seen seen;
  seen.minute = kNow / kMinuteMs;
  seen.by_player = {{1, {59'999, -1}}, {400, {0, 12'000}}};
  return {
      value("ConcurrentHour: whole 3, minute 1: 2, minute 59: -1", hour),
      value("ConcurrentBlock: whole 1, day 0: 5, day 1023: -2", block),
      value("Trail: player 4 at 1790000000123 order 100, player 2 five seconds before order 101", trail),
      value("Seen: player 1 event at 59999, player 400 event at 0 and end at 12000", seen),
      value("Received: second 1790000000, 250 events", Received{kNow / 1'000, 250}),
  };
}

std::vector<Example> state() {
  using processor::PlayerState;
  using processor::SessionState;
  PlayerState facts, player;
  facts.number = 12;
  player.number = 300, player.first = kNow, player.first_tuple = 1, player.cohort = 2, player.first_session = "s-1";
  player.has_long_coverage = true;
  SessionState unopened, session;
  unopened.known = true, unopened.last_arrival = kNow;
  session.known = true, session.offset_ms = -60'000, session.last_arrival = kNow, session.dimensions = 4;
  session.seen.add(1, 5), session.seen.add(9, 9), session.forgotten.add(6, 7);
  session.opened = true, session.first = kNow - 60'000, session.last = kNow, session.first_tuple = 3;
  session.end = kNow - 1, session.gap_cell = kNow - 60'000;
  SessionState open = session;
  open.end = open.gap_cell = processor::kNever;
  return {
      value("PlayerState: number 12, facts only", facts),
      value("PlayerState: number 300, first event, tuple 1, cohort 2, session s-1, long coverage", player),
      value("SessionState: facts only", unopened),
      value("SessionState: offset -60 s, seen 1-5 and 9, forgotten 6-7, one minute long, ended, listed gap", session),
      value("SessionState: the same, open and without gap", open),
  };
}

std::vector<Example> examples() {
  std::vector<Example> all;
  for (const auto& part : {keys(), status(), sums(), sets(), moments(), state()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::map<std::string, std::string> kept_values() {
  std::map<std::string, std::string> kept;
  std::string what, line;
  for (std::istringstream in(golden::read(kFile)); std::getline(in, line);) {
    if (line.starts_with("  ")) {
      kept[what] += golden::bytes_of(line);
    } else {
      what = line;
    }
  }
  return kept;
}

std::string wrapped(const std::string& bytes) {
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 32) out += "  " + golden::hex_of(bytes.substr(at, 32)) + "\n";
  return out;
}

TEST(GoldenValues, AreReadFromTheirBytes) {
  const auto kept = kept_values();
  for (const Example& e : examples()) {
    const auto at = kept.find(e.what);
    if (at == kept.end() || !e.again) continue;  // a missing one fails below
    const auto again = e.again(at->second);
    ASSERT_TRUE(again) << kFile << ": what an older store holds can no longer be read: " << e.what;
    EXPECT_EQ(golden::hex_of(*again), golden::hex_of(at->second)) << e.what;
  }
}

TEST(GoldenValues, KeepTheirBytes) {
  std::string text =
      "Keys and values of cells; see src/insight/processor/cells.h, values.h and state.h. Stores hold these bytes:\n"
      "others need a new data format and a migration; then this file is removed by hand and made anew.\n\n";
  const auto kept = kept_values();
  for (const Example& e : examples()) {
    text += e.what + "\n" + wrapped(e.bytes);
    const auto old = kept.find(e.what);
    EXPECT_TRUE(old == kept.end() || old->second == e.bytes) << "written in other bytes: " << e.what;
  }
  if (!HasFailure() || !golden::writing()) golden::expect_same(kFile, text);
}

}  // namespace
}  // namespace gamekeeper::cells
