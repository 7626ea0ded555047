#include "insight/analytics/analytics.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "insight/analytics/players_service.h"
#include "insight/analytics/sdl.h"
#include "insight/analytics/testing/world.h"

namespace gamekeeper::analytics {
namespace {

using testing::run;
using testing::Sent;
using testing::World;
namespace json = boost::json;

using testing::kDay;
using testing::kHour;
using testing::kMinute;
const UnixMillis kStart = *parse_time("2026-10-30T00:00:00Z");

std::string range(UnixMillis from, UnixMillis to) {
  return "from:\"" + format_time(from) + "\",to:\"" + format_time(to) + "\"";
}
std::string series(std::string args) {
  return "{series(" + args + "){key total totalAmount points{time value amount}}}";
}

TEST(Sdl, IsTheFileInDocs) {
  std::ifstream file("docs/api/analytics.graphql");
  ASSERT_TRUE(file) << "run from the repository's root";
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), sdl());
}

TEST(Analytics, AnswersASeries) {
  World world(kStart + 2 * kDay);
  world.send_and_fold(
      {{.player = "a", .time = kStart + kMinute, .id = 1}, {.player = "b", .time = kStart + kHour, .id = 2}});
  const auto data = world.data(series("metric:EVENTS,step:HOUR," + range(kStart, kStart + 3 * kHour)));
  EXPECT_EQ(
      json::serialize(data),
      R"({"series":[{"key":"","total":2,"totalAmount":null,"points":[{"time":"2026-10-30T00:00:00.000Z","value":1,"amount":null},)"
      R"({"time":"2026-10-30T01:00:00.000Z","value":1,"amount":null},{"time":"2026-10-30T02:00:00.000Z","value":0,"amount":null}]}]})");
}

TEST(Analytics, RevenueIsExact) {
  World world(kStart + 2 * kDay);
  std::vector<Sent> sent;
  for (uint64_t i = 0; i < 10; ++i) {
    sent.push_back({.name = "purchase",
                    .player = "p" + std::to_string(i % 4),
                    .kind = events::Kind::kPurchase,
                    .time = kStart + kMinute,
                    .id = i,
                    .micros = 100'001,
                    .currency = "EUR"});
  }
  for (uint64_t i = 0; i < 6; ++i)
    sent.push_back({.player = "q" + std::to_string(i), .time = kStart + kMinute, .id = 50 + i});
  world.send_and_fold(sent);
  const auto data = world.data(series("metric:REVENUE,currency:\"EUR\",step:DAY," + range(kStart, kStart + kDay)));
  EXPECT_EQ(data.at("series").at(0).at("totalAmount").as_string(), "1.00001");
  EXPECT_EQ(data.at("series").at(0).at("points").at(0).at("amount").as_string(), "1.00001");
  const auto revenue = world.data("{revenue(currency:\"EUR\"," + range(kStart, kStart + kDay) +
                                  "){gross payers conversion arpdau arppu}}");
  EXPECT_EQ(revenue.at("revenue").at("gross").as_string(), "1.00001");
  EXPECT_EQ(revenue.at("revenue").at("payers").to_number<int>(), 4);
  EXPECT_DOUBLE_EQ(revenue.at("revenue").at("conversion").to_number<double>(), 0.4);
  EXPECT_DOUBLE_EQ(revenue.at("revenue").at("arpdau").to_number<double>(), 0.100001);
  EXPECT_DOUBLE_EQ(revenue.at("revenue").at("arppu").to_number<double>(), 1.00001 / 4);
}

TEST(Analytics, RefusesWithTheContractsCodes) {
  World world(kStart);
  const std::string hour = range(kStart, kStart + kHour);
  EXPECT_EQ(world.code(series("metric:EVENTS,step:HOUR," + range(kStart + 1, kStart + kHour))), "unaligned_range");
  EXPECT_EQ(world.code(series("metric:ACTIVE_PLAYERS,step:HOUR," + range(kStart + kMinute, kStart + kHour))),
            "unaligned_range");
  EXPECT_EQ(world.code(series("metric:ACTIVE_PLAYERS,step:MINUTE," + hour)), "step_too_fine");
  EXPECT_EQ(world.code(series("metric:REVENUE,step:HOUR," + hour)), "currency_required");
  EXPECT_EQ(world.code(series("metric:MATCHES,step:HOUR,groupBy:COUNTRY," + hour)), "not_divisible");
  EXPECT_EQ(world.code(series("metric:EVENTS,step:HOUR,timezone:\"Mars/Base\"," + hour)), "unknown_time_zone");
  EXPECT_EQ(world.code(series("metric:EVENTS,step:MINUTE," + range(kStart, kStart + 4 * kDay))), "too_many_points");
  EXPECT_EQ(world.code(series("metric:EVENTS,step:DAY," + range(kStart, kStart - kDay))), "bad_range");
  EXPECT_EQ(world.code(series("metric:EVENTS,step:DAY,limit:0," + hour)), "bad_limit");
  EXPECT_EQ(world.code("{retention(from:\"2026-10-30\",to:\"2026-10-31\",days:[1],kind:ROLLING){cohorts{size}}}"),
            "not_built");
  EXPECT_EQ(world.code("{percentiles(event:\"tick\",property:\"x\",p:[0.5]," + hour + ")}"), "not_measured");
  EXPECT_EQ(world.code("{percentiles(event:\"purchase\",property:\"amount\",p:[2]," + hour + ")}"), "bad_quantile");
  std::string many;
  for (int i = 0; i < 101; ++i) many += "0.5 ";
  EXPECT_EQ(world.code("{percentiles(event:\"purchase\",property:\"amount\",p:[" + many + "]," + hour + ")}"),
            "bad_quantile");
}

TEST(Analytics, GroupsAreTheGreatestFirst) {
  World world(kStart + kDay);
  std::vector<Sent> sent;
  uint64_t id = 0;
  for (const auto& [country, n] : {std::pair{"DE", 2}, std::pair{"FR", 3}, std::pair{"AT", 2}, std::pair{"", 1}}) {
    for (int i = 0; i < n; ++i)
      sent.push_back({.player = "p" + std::to_string(++id), .time = kStart, .id = id, .country = country});
  }
  world.send_and_fold(sent);
  const auto data =
      world.data(series("metric:EVENTS,step:DAY,groupBy:COUNTRY,limit:3," + range(kStart, kStart + kDay)));
  std::string keys;
  for (const auto& s : data.at("series").as_array()) keys += std::string(s.at("key").as_string()) + ",";
  EXPECT_EQ(keys, "FR,AT,DE,");
}

TEST(Analytics, PercentilesAreWithinOnePercent) {
  World world(kStart + kDay);
  std::vector<Sent> sent;
  for (uint64_t i = 1; i <= 101; ++i) {
    sent.push_back({.name = "jump",
                    .player = "p" + std::to_string(i),
                    .time = kStart + static_cast<int64_t>(i) * kMinute,
                    .id = i,
                    .measures = {{"height", static_cast<double>(i)}}});
  }
  world.send_and_fold(sent);
  const auto data =
      world.data("{percentiles(event:\"jump\",property:\"height\",p:[0.5,1,0]," + range(kStart, kStart + kDay) + ")}");
  EXPECT_NEAR(data.at("percentiles").at(0).to_number<double>(), 51, 0.52);
  EXPECT_NEAR(data.at("percentiles").at(1).to_number<double>(), 101, 1.02);
  EXPECT_NEAR(data.at("percentiles").at(2).to_number<double>(), 1, 0.011);
  const auto nothing =
      world.data("{percentiles(event:\"jump\",property:\"height\",p:[0.5]," + range(kStart - kDay, kStart) + ")}");
  EXPECT_TRUE(nothing.at("percentiles").at(0).is_null());
}

TEST(Analytics, TheLedgerBalances) {
  World world(kStart + kDay);
  const Sent once{.player = "a", .session = "s", .time = kStart, .seq = 1},
      later{.player = "a", .session = "s", .time = kStart, .seq = 4};
  world.send_and_fold({once, once, later, {.app = "other", .player = "x", .time = kStart, .id = 9}});
  world.send({.key = "k2", .player = "b", .time = kStart + kDay - 5'000, .id = 3});
  const auto ledger = world.data("{ledger{pending balanced rows{key accepted stored repeated dropped rejected}}}");
  EXPECT_EQ(
      json::serialize(ledger.at("ledger")),
      R"({"pending":1,"balanced":true,"rows":[{"key":"k1","accepted":3,"stored":2,"repeated":1,"dropped":0,"rejected":0},)"
      R"({"key":"k2","accepted":1,"stored":0,"repeated":0,"dropped":0,"rejected":0},)"
      R"({"key":"k9","accepted":0,"stored":0,"repeated":0,"dropped":0,"rejected":7}]})");
  const auto gaps =
      world.data("{sequenceGaps(" + range(kStart, kStart + kDay) + "){playerId sessionId missing{first last}}}");
  EXPECT_EQ(json::serialize(gaps.at("sequenceGaps")),
            R"([{"playerId":"a","sessionId":"s","missing":[{"first":2,"last":3}]}])");
  Query query = world.query();
  const auto pipeline = *run(world.analytics.status().pipeline(query));
  EXPECT_EQ(pipeline.freshness_ms, 5'000);
  world.fold();
  EXPECT_EQ(world.data("{ledger{pending}}").at("ledger").at("pending").to_number<int>(), 0);
}

TEST(Analytics, TheOverviewShowsWhatHappensNow) {
  World world(kStart + 12 * kHour);
  const UnixMillis now = world.clock.now_ms();
  world.send_and_fold({{.player = "a", .session = "s1", .time = now - kMinute, .seq = 1},
                       {.name = "session_end",
                        .player = "b",
                        .session = "s2",
                        .kind = events::Kind::kSessionEnd,
                        .time = now - 30'000,
                        .seq = 2},
                       {.player = "b", .session = "s2", .time = now - kMinute, .seq = 1},
                       {.player = "c", .time = now - 6 * kMinute, .id = 5},
                       {.player = "d", .time = now - kDay, .id = 6},
                       {.name = "purchase",
                        .player = "a",
                        .session = "s1",
                        .kind = events::Kind::kPurchase,
                        .time = now - 2'000,
                        .seq = 2,
                        .micros = 2'500'000,
                        .currency = "EUR"},
                       {.name = "match.completed",
                        .player = "m",
                        .kind = events::Kind::kFact,
                        .time = now - kHour,
                        .id = 7,
                        .match = "m1"}});
  const auto data = world.data(
      "{overview{playersOnline eventsPerSecond activeToday newToday sessionsOpen matchesToday "
      "revenueToday(currency:\"EUR\") freshnessMs}}");
  EXPECT_EQ(
      json::serialize(data.at("overview")),
      R"({"playersOnline":1,"eventsPerSecond":1E-1,"activeToday":3,"newToday":3,"sessionsOpen":1,"matchesToday":1,"revenueToday":"2.5","freshnessMs":0})");
}

TEST(Analytics, RemembersAnAnswerUntilTheNextCommit) {
  World world(kStart + kDay);
  world.send_and_fold({{.player = "a", .time = kStart, .id = 1}});
  const std::string query = series("metric:EVENTS,step:DAY," + range(kStart, kStart + kDay));
  const auto first = world.ask(query, "k");
  const size_t scans = world.series.scans;
  ASSERT_TRUE(*run(world.analytics.remembered("arena", "k")));
  EXPECT_EQ(json::parse((*run(world.analytics.remembered("arena", "k")))->body), first);
  EXPECT_FALSE(*run(world.analytics.remembered("other", "k"))) << "an app sees only its own";
  EXPECT_EQ(world.series.scans, scans);
  world.send_and_fold({{.player = "a", .time = kStart, .id = 2}});
  EXPECT_FALSE(*run(world.analytics.remembered("arena", "k")));
  EXPECT_EQ(world.ask(query).at("data").at("series").at(0).at("total").to_number<int>(), 2);
}

TEST(Analytics, LateDataIsSeenDespiteTheCaches) {
  World world(kStart + 40 * kDay);
  const std::string query = "{activePlayers(date:\"2026-10-30\"){daily monthly}}";
  for (uint64_t i = 1; i < 20; ++i) {
    world.send_and_fold({{.player = "p" + std::to_string(i), .time = kStart + kHour, .id = i}});
    world.clock.advance(PlayerSets::kTrustMs);
    EXPECT_EQ(world.data(query).at("activePlayers").at("daily").to_number<uint64_t>(), i);
  }
}

/// Players who come on random days, against sets made by hand.
TEST(Analytics, RetentionEqualsCountingByHand) {
  for (const char* name : {"UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"}) {
    const TimeZone zone = *TimeZone::find(name);
    std::mt19937 random(3);
    std::vector<Sent> sent;
    std::map<std::string, std::set<DayNumber>> days_of;
    std::map<std::string, UnixMillis> first;
    std::map<std::string, std::string> country_of;
    for (uint64_t i = 0; i < 600; ++i) {
      const std::string player = "p" + std::to_string(random() % 60);
      const UnixMillis at = kStart + static_cast<int64_t>(random() % (12 * kDay));
      const std::string country = random() % 2 ? "DE" : "FR";
      sent.push_back({.player = player, .time = at, .id = i, .country = country});
      days_of[player].insert(zone.day_of(at));
      if (!first.contains(player) || at < first[player]) first[player] = at, country_of[player] = country;
    }
    World world(kStart + 8 * kDay, name);
    world.send_and_fold(sent);
    const DayNumber from = zone.day_of(kStart);
    for (const char* filter : {"", ",filter:[{dimension:COUNTRY,in:[\"DE\"]}]"}) {
      const auto data =
          world.data("{retention(from:\"" + format_date(from) + "\",to:\"" + format_date(from + 6) +
                     "\",days:[0,1,2,5],timezone:\"" + name + "\"" + filter + "){cohorts{date size retained}}}");
      ASSERT_EQ(data.at("retention").at("cohorts").as_array().size(), 6u);
      for (const auto& cohort : data.at("retention").at("cohorts").as_array()) {
        const DayNumber date = *parse_date(std::string(cohort.at("date").as_string()), "date");
        int64_t size = 0, kept[4] = {};
        const int n[4] = {0, 1, 2, 5};
        for (const auto& [player, at] : first) {
          if (zone.day_of(at) != date || (*filter && country_of[player] != "DE")) continue;
          ++size;
          for (int i = 0; i < 4; ++i) kept[i] += days_of[player].contains(date + n[i]);
        }
        EXPECT_EQ(cohort.at("size").to_number<int64_t>(), size) << name << " " << filter;
        for (int i = 0; i < 4; ++i) {
          const auto& got = cohort.at("retained").at(i);
          const bool over = zone.start_of(date + n[i] + 1) <= world.clock.now_ms();
          ASSERT_EQ(got.is_null(), !over) << name;
          if (over)
            EXPECT_EQ(got.to_number<int64_t>(), kept[i]) << name << " " << format_date(date) << " D" << n[i] << filter;
        }
      }
    }
    const DayNumber date = from + 7;
    std::set<std::string> daily, weekly;
    for (const auto& [player, days] : days_of) {
      for (const DayNumber d : days) {
        if (d == date) daily.insert(player);
        if (d > date - 7 && d <= date) weekly.insert(player);
      }
    }
    const auto active = world
                            .data("{activePlayers(date:\"" + format_date(date) + "\",timezone:\"" + name +
                                  "\"){daily weekly monthly stickiness}}")
                            .at("activePlayers");
    EXPECT_EQ(active.at("daily").to_number<size_t>(), daily.size()) << name;
    EXPECT_EQ(active.at("weekly").to_number<size_t>(), weekly.size()) << name;
  }
}

}  // namespace
}  // namespace gamekeeper::analytics
