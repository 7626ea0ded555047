// Each rule of the fold on its own, as small stories.
#include <gtest/gtest.h>

#include "insight/processor/testing/fold_driver.h"

namespace gamekeeper::processor::testing {
namespace {

using cells::Key;
using events::Kind;

constexpr UnixMillis kT = 1'800'000'000'000;  // 2027-01-15T08:00:00Z, a whole quarter
constexpr int64_t kMinute = 60'000, kHour = 3'600'000, kDay = 86'400'000;

class FoldRules : public ::testing::Test {
 protected:
  /// An event `after` ms after the start, received at once.
  static Sent at(int64_t after, std::string name = "tick") {
    static uint64_t ids = 0;
    Sent e;
    e.name = std::move(name);
    e.received = e.time = kT + after;
    e.id = ++ids;
    if (e.name == "session_start") e.kind = Kind::kSessionStart;
    if (e.name == "session_end") e.kind = Kind::kSessionEnd;
    return e;
  }
  static Sent in(std::string session, uint64_t seq, int64_t after, std::string name = "tick") {
    Sent e = at(after, std::move(name));
    e.session = std::move(session);
    e.seq = seq;
    return e;
  }
  static Sent fact(int64_t after, std::string name, std::string match) {
    Sent e = at(after, std::move(name));
    e.kind = Kind::kFact;
    e.source = events::Source::kBackend;
    e.match = std::move(match);
    return e;
  }

  void fold(const std::vector<Sent>& events) { driver_.fold_and_commit(events); }
  cells::Ledger ledger() {
    return read_.get<cells::Ledger>(cells::kLedger, Key("arena").plain("k1").str()).value_or(cells::Ledger{});
  }
  int64_t events_at(int64_t minute_ms) {
    int64_t n = 0;
    auto counts = read_.get<cells::Counts>(cells::kCountsMinute, Key("arena").u32(0).str(), minute_ms);
    if (counts) {
      for (const auto& row : counts->rows) n += row.events;
    }
    return n;
  }
  size_t cells_of(ports::Table table) {
    size_t n = 0;
    for (const auto& [key, value] : driver_.store.cells()) n += key.table == table;
    return n;
  }
  int64_t concurrent(UnixMillis t) {
    const std::string key = Key("arena").str();
    auto hour = read_.get<cells::ConcurrentHour>(cells::kConcurrentHours, key, cells::floor_to(t, kHour));
    auto block = read_.get<cells::ConcurrentBlock>(cells::kConcurrentBlocks, key, cells::block_start(t));
    int64_t n = 0;
    if (hour) n += hour->whole + hour->minutes[static_cast<size_t>((t - cells::floor_to(t, kHour)) / kMinute)];
    if (block) {
      const auto day = static_cast<uint16_t>((t - cells::block_start(t)) / kDay);
      n += block->whole + (block->days.contains(day) ? block->days.at(day) : 0);
    }
    return n;
  }

  FoldDriver driver_;
  Readout read_{driver_.store};
};

TEST_F(FoldRules, ARepeatBySequenceNumberIsDroppedWhateverItsId) {
  fold({in("s", 1, 0), in("s", 2, 10), in("s", 1, 20)});
  driver_.restart();
  fold({in("s", 2, 30)});
  EXPECT_EQ(ledger().stored, 2);
  EXPECT_EQ(ledger().repeated, 2);
  EXPECT_EQ(events_at(kT), 2);
}

TEST_F(FoldRules, ARepeatByIdIsDroppedWithin24Hours) {
  Sent e = at(0);
  Sent again = e, late = e;
  again.received += kDay;
  late.received += 2 * kDay + 1;
  fold({e});
  driver_.restart();
  fold({again});
  fold({late});
  EXPECT_EQ(ledger().stored, 2);
  EXPECT_EQ(ledger().repeated, 1);
}

TEST_F(FoldRules, OldIdsAreSweptAway) {
  std::vector<Sent> events;
  for (int64_t i = 0; i < 500; ++i) events.push_back(at(i));
  fold(events);
  EXPECT_EQ(cells_of(cells::kIds), 500u);
  for (int64_t i = 0; i < 12; ++i) fold({at(3 * kDay + i)});
  EXPECT_EQ(cells_of(cells::kIds), 12u);
}

TEST_F(FoldRules, SequenceNumbersAreForgottenAfter30Days) {
  fold({in("s", 1, 0), in("s", 1, 30 * kDay)});
  EXPECT_EQ(ledger().repeated, 1);
  fold({in("s", 1, 60 * kDay + 1)});
  EXPECT_EQ(ledger().repeated, 1);
  EXPECT_EQ(ledger().stored, 2);
}

TEST_F(FoldRules, TheFirstBatchsClockOffsetCorrectsTheWholeSession) {
  Sent first = in("s", 1, 0);
  first.sent = first.received - kHour;
  first.time -= kHour;
  Sent second = in("s", 2, 5'000);
  second.time -= kHour;  // no sent_at
  fold({first});
  driver_.restart();
  fold({second});
  EXPECT_EQ(events_at(kT), 2);
}

TEST_F(FoldRules, SmallOrLaterOffsetsCorrectNothing) {
  Sent first = in("s", 1, 0);
  first.sent = first.received - 10'000;
  Sent second = in("s", 2, 1'000);
  second.sent = second.received - kHour;
  Sent outside = at(2'000);
  outside.sent = outside.received - kHour;
  fold({first, second, outside});
  EXPECT_EQ(events_at(kT), 3);
}

TEST_F(FoldRules, DimensionsComeFromTheSessionsStart) {
  Sent start = in("s", 2, 10, "session_start");
  start.platform = "ios", start.country = "de";
  Sent own = in("s", 4, 30);
  own.country = "fr";
  fold({in("s", 1, 0), start, in("s", 3, 20), own});
  std::map<cells::Tuple, int64_t> seen;
  read_.each<cells::Counts>(cells::kCountsMinute, [&](cells::KeyReader, int64_t, const cells::Counts& counts) {
    for (const auto& row : counts.rows) seen[read_.tuple(row.tuple)] = row.events;
  });
  const std::map<cells::Tuple, int64_t> want{{{"tick", "", "", ""}, 1},
                                             {{"session_start", "ios", "de", ""}, 1},
                                             {{"tick", "ios", "de", ""}, 1},
                                             {{"tick", "ios", "fr", ""}, 1}};
  EXPECT_EQ(seen, want);
}

TEST_F(FoldRules, AnEarlierEventRestatesTheNewPlayer) {
  fold({at(kHour)});
  Sent early = at(2 * kHour);
  early.time = kT;
  driver_.restart();
  fold({early});
  std::map<int64_t, uint64_t> quarters;
  read_.each<cells::Players>(cells::kNewQuarter, [&](cells::KeyReader key, int64_t quarter, const cells::Players& p) {
    if (key.u32() == cells::kAllTuples) quarters[quarter] = p.set.cardinality();
  });
  EXPECT_EQ(quarters, (std::map<int64_t, uint64_t>{{kT, 1}}));
}

TEST_F(FoldRules, OfTwoFirstEventsTheEarlierInTheLogCounts) {
  fold({at(0, "one"), at(0, "two")});
  std::vector<std::string> names;
  read_.each<cells::Players>(cells::kNewQuarter, [&](cells::KeyReader key, int64_t, const cells::Players&) {
    const uint32_t tuple = key.u32();
    if (tuple != cells::kAllTuples) names.push_back(read_.tuple(tuple).name);
  });
  EXPECT_EQ(names, std::vector<std::string>{"one"});
}

TEST_F(FoldRules, ALateSessionStartRestatesTheCohort) {
  fold({in("s", 1, 0)});
  Sent start = in("s", 2, 10, "session_start");
  start.platform = "ios";
  fold({start});
  std::vector<std::string> platforms;
  read_.each<cells::Players>(cells::kCohortQuarter, [&](cells::KeyReader key, int64_t, const cells::Players&) {
    platforms.push_back(read_.tuple(key.u32()).platform);
  });
  EXPECT_EQ(platforms, std::vector<std::string>{"ios"});
}

TEST_F(FoldRules, TheCohortGoesByTheFirstSessionNotByAnEventBeforeIt) {
  fold({at(0, "install")});
  Sent start = in("s", 1, kMinute, "session_start");
  start.platform = "ios";
  Sent other = in("t", 1, 2 * kMinute, "session_start");
  other.platform = "pc";
  fold({other});
  driver_.restart();
  fold({start});
  std::vector<std::string> platforms;
  read_.each<cells::Players>(cells::kCohortQuarter, [&](cells::KeyReader key, int64_t, const cells::Players&) {
    platforms.push_back(read_.tuple(key.u32()).platform);
  });
  EXPECT_EQ(platforms, std::vector<std::string>{"ios"});
}

TEST_F(FoldRules, FactsAreCountedButMakeNobodyActive) {
  Sent wait = fact(0, "match.formed", "m1");
  wait.measures = {{"wait_seconds", 12}, {"wait_seconds", 20}};
  Sent again = wait;
  again.id += 1'000'000;
  fold({wait, again, fact(0, "match.completed", "m1"), fact(kMinute, "match.completed", "m1")});
  EXPECT_EQ(ledger().stored, 4);
  EXPECT_EQ(cells_of(cells::kActiveQuarter) + cells_of(cells::kNewQuarter) + cells_of(cells::kSeen), 0u);
  const std::string key = Key("arena").text("match.formed").text("wait_seconds").str();
  EXPECT_EQ(read_.get<cells::Measured>(cells::kMeasureMinute, key, kT)->sketch.count(), 2);
  EXPECT_EQ(read_.get<cells::Matches>(cells::kMatches, Key("arena").str(), kT)->minute_by_hash.size(), 1u);
}

TEST_F(FoldRules, APlayerWithTwoSessionsIsThereOnce) {
  fold({in("a", 1, 0), in("a", 2, 10 * kMinute), in("b", 1, 5 * kMinute), in("b", 2, 15 * kMinute)});
  for (int64_t m = 0; m <= 15; ++m) EXPECT_EQ(concurrent(kT + m * kMinute), 1) << m;
  EXPECT_EQ(concurrent(kT - 1), 0);
  EXPECT_EQ(concurrent(kT + 16 * kMinute), 0);
}

TEST_F(FoldRules, ASessionOfFourCenturiesCostsFewCells) {
  fold({in("short", 1, 0), in("short", 2, 3 * kMinute)});
  Sent old = in("long", 1, kDay), late = in("long", 2, kDay);
  old.time = cells::kTimeFirst + 90'000;
  late.time = cells::kTimeEnd - 1;
  const size_t before = driver_.store.cells().size();
  fold({old});
  fold({late});
  driver_.restart();
  fold({in("mid", 1, kHour), in("mid", 2, kHour + kMinute)});
  EXPECT_LT(driver_.store.cells().size(), before + 400);
  EXPECT_EQ(cells_of(cells::kCoverage), 2u);  // the two ends
  for (UnixMillis t :
       {kT, kT + kMinute, kT + kHour, kT + 700 * kDay, cells::kTimeFirst + kMinute, cells::kTimeEnd - 1}) {
    EXPECT_EQ(concurrent(t), 1) << t;
  }
  EXPECT_EQ(concurrent(cells::kTimeFirst), 0);
}

TEST_F(FoldRules, GapsAreListedUntilTheyAreFilled) {
  fold({in("s", 2, 0), in("s", 5, 10)});
  std::vector<std::pair<uint64_t, uint64_t>> missing;
  auto look = [&] {
    missing.clear();
    read_.each<cells::Gaps>(cells::kGaps,
                            [&](cells::KeyReader, int64_t, const cells::Gaps& g) { missing = g.missing; });
  };
  look();
  EXPECT_EQ(missing, (std::vector<std::pair<uint64_t, uint64_t>>{{1, 1}, {3, 4}}));
  driver_.restart();
  fold({in("s", 1, 20), in("s", 3, 20), in("s", 4, 20)});
  look();
  EXPECT_TRUE(missing.empty());
}

TEST_F(FoldRules, OneClientCannotMakeUsRememberWithoutEnd) {
  std::vector<Sent> events;
  for (uint64_t i = 1; i <= 5'000; ++i) events.push_back(in("s", 2 * i, static_cast<int64_t>(i)));
  fold(events);
  EXPECT_EQ(ledger().stored, 4'096);
  EXPECT_EQ(ledger().dropped["too_many_gaps"], 904);
}

TEST_F(FoldRules, EventsOutOfTimeAreDroppedInTheLedger) {
  Sent e = in("s", 1, 0);
  e.time = cells::kTimeFirst - 1;
  fold({e, e});
  EXPECT_EQ(ledger().dropped["time_out_of_range"], 1);
  EXPECT_EQ(ledger().repeated, 1);
  EXPECT_EQ(cells_of(cells::kCountsMinute), 0u);
}

TEST_F(FoldRules, RevenueAddsUpPast64Bits) {
  std::vector<Sent> events;
  for (uint64_t i = 1; i <= 4; ++i) {
    events.push_back(in("s", i, 0, "purchase"));
    events.back().kind = Kind::kPurchase;
    events.back().currency = "EUR";
    events.back().micros = 9'000'000'000'000'000'000;
  }
  fold(events);
  auto sums =
      read_.get<cells::Sums>(cells::kRevenueDay, Key("arena").text("EUR").u32(0).str(), cells::floor_to(kT, kDay));
  ASSERT_TRUE(sums);
  EXPECT_TRUE(sums->by_tuple.begin()->second == static_cast<__int128>(9'000'000'000'000'000'000) * 4);
}

TEST_F(FoldRules, AnEndedSessionIsNotOpenUntilItGoesOn) {
  auto open = [&] {
    int64_t n = 0;
    read_.each<cells::Number>(cells::kOpenSessions,
                              [&](cells::KeyReader, int64_t, const cells::Number& c) { n += c.value; });
    return n;
  };
  fold({in("s", 1, 0)});
  EXPECT_EQ(open(), 1);
  fold({in("s", 2, kMinute, "session_end")});
  EXPECT_EQ(open(), 0);
  driver_.restart();
  fold({in("s", 3, 2 * kMinute)});
  EXPECT_EQ(open(), 1);
}

TEST_F(FoldRules, LongTrailsAreCutIntoCellsWrittenOnce) {
  std::vector<Sent> events;
  for (uint64_t i = 1; i <= 5'000; ++i) events.push_back(in("s", i, static_cast<int64_t>(i)));
  fold(events);
  fold({in("s", 5'001, 6'000)});
  size_t entries = 0;
  read_.each<cells::Trail>(cells::kTrail,
                           [&](cells::KeyReader, int64_t, const cells::Trail& t) { entries += t.entries.size(); });
  EXPECT_EQ(cells_of(cells::kTrail), 3u);
  EXPECT_EQ(entries, 5'001u);
}

TEST_F(FoldRules, DimensionsBeyondTheLimitBecomeOther) {
  std::vector<Sent> events;
  for (uint64_t i = 1; i <= cells::kTuplesMax / 2 + 10; ++i) {
    events.push_back(in("s", i, 0));
    events.back().version = std::to_string(i);
  }
  fold(events);
  int64_t other = 0;
  read_.each<cells::Counts>(cells::kCountsDay, [&](cells::KeyReader, int64_t, const cells::Counts& counts) {
    for (const auto& row : counts.rows) {
      if (read_.tuple(row.tuple).version == cells::kOther) other += row.events;
    }
  });
  EXPECT_GE(other, 10);
  EXPECT_EQ(ledger().stored, cells::kTuplesMax / 2 + 10);
}

}  // namespace
}  // namespace gamekeeper::processor::testing
