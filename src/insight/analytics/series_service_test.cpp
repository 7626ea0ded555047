#include "insight/analytics/series_service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "insight/analytics/testing/world.h"

// Every metric, step, split, filter and zone against counting by hand.

namespace gamekeeper::analytics {
namespace {

using testing::run;
using testing::Sent;
using testing::World;

using testing::kDay;
using testing::kHour;
using testing::kMinute;
constexpr int64_t kQuarter = 15 * kMinute;

/// About nine days of play from `from` on: sessions of some minutes, purchases, errors, matches.
std::vector<Sent> random_stream(UnixMillis from, uint32_t seed) {
  std::mt19937 random(seed);
  auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  auto one_of = [&](std::vector<std::string> values) { return values[below(static_cast<int64_t>(values.size()))]; };
  std::vector<Sent> events;
  for (int s = 0; s < 120; ++s) {
    Sent base{.player = "player " + std::to_string(below(30)), .session = "s" + std::to_string(s)};
    base.platform = one_of({"ios", "pc"}), base.country = one_of({"DE", "FR", "", "JP"}),
    base.version = one_of({"1.0", "1.1"});
    UnixMillis at = from + below(9 * kDay);
    const int64_t n = 1 + below(12);
    for (int64_t i = 0; i < n; ++i) {
      Sent e = base;
      e.seq = static_cast<uint64_t>(i + 1);
      e.time = at;
      at += 1 + below(9 * kMinute);
      switch (below(5)) {
        case 0:
          e.name = "purchase", e.kind = events::Kind::kPurchase, e.currency = one_of({"EUR", "USD"});
          e.micros = below(4) * 1'230'001;
          break;
        case 1:
          e.name = "error", e.kind = events::Kind::kError, e.severe = below(2) == 0;
          break;
        default:
          e.name = one_of({"tick", "jump"});
      }
      events.push_back(e);
    }
  }
  for (int m = 0; m < 60; ++m) {
    Sent formed{
        .key = "gamekeeper", .name = "match.formed", .player = "fact" + std::to_string(m), .kind = events::Kind::kFact};
    formed.time = from + below(9 * kDay), formed.id = 1'000 + m, formed.match = "m" + std::to_string(m);
    formed.measures = {{"wait_seconds", 1.0 + static_cast<double>(below(90'000)) / 1'000}};
    Sent completed{
        .key = "gamekeeper", .name = "match.completed", .player = formed.player, .kind = events::Kind::kFact};
    completed.time = formed.time + below(kHour), completed.id = 2'000 + m, completed.match = formed.match;
    events.push_back(formed), events.push_back(completed);
  }
  std::shuffle(events.begin(), events.end(), random);
  return events;
}

struct Session {
  const Sent* first = nullptr;
  UnixMillis last = INT64_MIN;
};

/// The same questions, answered from the events.
class Oracle {
 public:
  explicit Oracle(const std::vector<Sent>& events) : events_(events) {
    for (const Sent& e : events) {
      if (e.kind == events::Kind::kFact) continue;
      auto& newcomer = first_[e.player];
      if (!newcomer || e.time < newcomer->time) newcomer = &e;
      Session& session = sessions_[{e.player, e.session}];
      if (!session.first || e.time < session.first->time) session.first = &e;
      session.last = std::max(session.last, e.time);
    }
  }

  struct Series {
    double total = 0;
    std::vector<double> values;
  };
  /// By group. Absent groups had nothing in the range.
  std::map<std::string, Series> answer(const SeriesRequest& request, const std::vector<Bucket>& buckets) const {
    std::map<std::string, Series> all;
    std::set<std::string> groups;
    if (!request.selection.group_by) groups.insert("");
    for (const Sent& e : events_) {
      if (auto group = group_of(e, request.selection)) groups.insert(*group);
    }
    for (const std::string& group : groups) {
      Series series;
      for (const Bucket& bucket : buckets) series.values.push_back(value(request, group, bucket.part));
      series.total = value(request, group, request.range);
      if (shape_of(request.metric) == Shape::kGreatest) {
        series.total = series.values.empty() ? 0 : *std::max_element(series.values.begin(), series.values.end());
      }
      all[group] = std::move(series);
    }
    return all;
  }

 private:
  static std::optional<std::string> group_of(const Sent& e, const Selection& selection) {
    auto dimension = [&](Dimension d) {
      return d == Dimension::kEvent      ? e.name
             : d == Dimension::kPlatform ? e.platform
             : d == Dimension::kCountry  ? e.country
                                         : e.version;
    };
    if (selection.event && e.name != *selection.event) return std::nullopt;
    for (const FilterSpec& filter : selection.filters) {
      if (std::find(filter.in.begin(), filter.in.end(), dimension(filter.dimension)) == filter.in.end())
        return std::nullopt;
    }
    return selection.group_by ? dimension(*selection.group_by) : "";
  }

  static double quantile(std::vector<double> values, double q) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
  }

  double value(const SeriesRequest& request, const std::string& group, const TimeRange& part) const {
    auto in = [&](UnixMillis at) { return at >= part.from && at < part.to; };
    auto chosen = [&](const Sent& e) { return group_of(e, request.selection) == group; };
    const bool player_metric = grain_ms(request.metric) == kQuarter;
    std::set<std::string> distinct;
    std::vector<double> numbers;
    double sum = 0;
    if (request.metric == Metric::kNewPlayers) {
      for (const auto& [player, e] : first_) sum += in(e->time) && chosen(*e);
      return sum;
    }
    if (request.metric == Metric::kSessions || request.metric == Metric::kSessionSecondsMedian) {
      for (const auto& [id, session] : sessions_) {
        if (in(session.first->time) && chosen(*session.first)) {
          numbers.push_back(static_cast<double>(session.last - session.first->time) / 1'000);
        }
      }
      return request.metric == Metric::kSessions ? static_cast<double>(numbers.size()) : quantile(numbers, 0.5);
    }
    if (request.metric == Metric::kConcurrentPlayers) return greatest(part);
    for (const Sent& e : events_) {
      if (!in(e.time)) continue;
      const bool fact = e.kind == events::Kind::kFact;
      const bool paid = e.micros > 0 && (request.currency.empty() || e.currency == request.currency);
      if (request.metric == Metric::kMatches) sum += e.name == "match.completed";
      if (request.metric == Metric::kQueueWaitP50 || request.metric == Metric::kQueueWaitP95) {
        if (e.name == "match.formed") numbers.push_back(e.measures[0].second);
      }
      if (!chosen(e)) continue;
      if (request.metric == Metric::kEvents) sum += 1;
      if (request.metric == Metric::kErrors) sum += e.severe;
      if (request.metric == Metric::kRevenue && e.currency == request.currency)
        sum += static_cast<double>(e.micros) / 1e6;
      if (player_metric && !fact && (request.metric == Metric::kActivePlayers || paid)) distinct.insert(e.player);
    }
    if (!numbers.empty()) return quantile(numbers, quantile_of(request.metric));
    return player_metric ? static_cast<double>(distinct.size()) : sum;
  }

  double greatest(const TimeRange& part) const {
    std::map<UnixMillis, std::set<std::string>> there;
    for (const auto& [id, session] : sessions_) {
      for (UnixMillis m = cells::floor_to(session.first->time, kMinute); m <= session.last; m += kMinute) {
        if (m >= part.from && m < part.to) there[m].insert(id.first);
      }
    }
    size_t most = 0;
    for (const auto& [minute, players] : there) most = std::max(most, players.size());
    return static_cast<double>(most);
  }

  const std::vector<Sent>& events_;
  std::map<std::string, const Sent*> first_;
  std::map<std::pair<std::string, std::string>, Session> sessions_;
};

void expect_same(const SeriesAnswer& answer, std::map<std::string, Oracle::Series> expected,
                 const SeriesRequest& request, const std::string& what) {
  const bool sketch = shape_of(request.metric) == Shape::kSketch;
  auto near = [&](double a, double b) { return std::abs(a - b) <= (sketch ? 0.0101 * std::abs(b) : 1e-6); };
  std::set<std::string> seen;
  double before = INFINITY;
  for (const SeriesResult& series : answer.series) {
    seen.insert(series.key);
    ASSERT_TRUE(expected.contains(series.key)) << what << " key " << series.key;
    const auto& want = expected[series.key];
    EXPECT_TRUE(near(series.total, want.total))
        << what << " total of " << series.key << " " << series.total << " not " << want.total;
    ASSERT_EQ(series.values.size(), want.values.size()) << what;
    for (size_t i = 0; i < want.values.size(); ++i) {
      ASSERT_TRUE(near(series.values[i], want.values[i]))
          << what << " " << series.key << " at " << format_time(answer.buckets[i].start) << ": " << series.values[i]
          << " not " << want.values[i];
    }
    EXPECT_LE(series.total, before) << what;
    before = series.total;
  }
  for (const auto& [key, want] : expected) {
    EXPECT_TRUE(want.total == 0 || seen.contains(key)) << what << " misses " << key;
  }
}

class SeriesMatrix : public ::testing::TestWithParam<const char*> {};

TEST_P(SeriesMatrix, EqualsCountingByHand) {
  const TimeZone zone = *TimeZone::find(GetParam());
  const UnixMillis start =
      zone.name() == "Australia/Lord_Howe" ? *parse_time("2026-04-01T00:00:00Z") : *parse_time("2026-10-28T00:00:00Z");
  for (const std::string& app_zone : {std::string("UTC"), zone.name()}) {
    const auto events = random_stream(start, 11);
    World world(start + 20 * kDay, app_zone);
    // In pieces, so that cells change after they were written.
    for (size_t i = 0; i < events.size(); ++i) {
      world.send(events[i]);
      if (i % 200 == 0) world.fold();
    }
    world.fold();
    const Oracle oracle(events);
    for (int m = 0; m <= static_cast<int>(Metric::kQueueWaitP95); ++m) {
      for (const Step step : {Step::kMinute, Step::kHour, Step::kDay, Step::kWeek, Step::kMonth, Step::kYear}) {
        for (int variant = 0; variant < 8; ++variant) {
          SeriesRequest request{.metric = static_cast<Metric>(m),
                                .range = {start + 5 * kHour + kQuarter, start + 8 * kDay - kQuarter},
                                .step = step,
                                .currency = "EUR",
                                .zone = zone};
          if (request.metric == Metric::kPayers && variant % 2 == 0) request.currency.clear();
          if (step == Step::kMinute) request.range = {start + 4 * kDay, start + 4 * kDay + 10 * kHour + 7 * kMinute};
          if (variant >= 4) request.selection.filters = {{Dimension::kCountry, {"DE", ""}}};
          if (variant % 4 == 1) request.selection.group_by = Dimension::kEvent;
          if (variant % 4 == 2) request.selection.group_by = Dimension::kPlatform;
          if (variant % 4 == 3) request.selection.group_by = Dimension::kCountry;
          if (variant == 6)
            request.selection.event = "purchase", request.selection.filters.push_back({Dimension::kVersion, {"1.1"}});
          const std::string what = std::string(name_of(request.metric)) + " step " +
                                   std::to_string(static_cast<int>(step)) + " variant " + std::to_string(variant) +
                                   " zone " + zone.name();
          Query query = world.query();
          auto answer = run(world.analytics.series().series(query, request));
          if (!answer) {
            const std::string code = answer.error().code;
            EXPECT_TRUE(code == "step_too_fine" || code == "not_divisible") << what << " " << code;
            continue;
          }
          const auto buckets = *buckets_of(request.range, step, zone, grain_ms(request.metric));
          expect_same(*answer, oracle.answer(request, buckets), request, what);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, SeriesMatrix,
                         ::testing::Values("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"));

TEST(SeriesOfMoney, WantACurrencyThatThereIs) {
  const UnixMillis now = *parse_time("2026-11-21T12:00:00Z");
  World world(now);
  for (const auto& [metric, currency, code] :
       {std::tuple(Metric::kRevenue, "", "currency_required"), std::tuple(Metric::kRevenue, "eur", "bad_currency"),
        std::tuple(Metric::kPayers, "ZZZ", "bad_currency"), std::tuple(Metric::kPayers, "", "")}) {
    Query query = world.query();
    const SeriesRequest request{.metric = metric,
                                .range = {now - kHour, now},
                                .step = Step::kHour,
                                .currency = currency,
                                .zone = TimeZone::utc()};
    auto answer = run(world.analytics.series().series(query, request));
    EXPECT_EQ(answer ? "" : answer.error().code, code) << currency;
  }
}

TEST(SessionSeconds, CountOfASessionOnlyWhenItIsClosed) {
  const UnixMillis now = *parse_time("2026-11-21T12:00:00Z");
  World world(now);
  auto play = [&](const std::string& session, UnixMillis from, UnixMillis to, bool end) {
    Sent e{.player = "p", .session = session, .time = from};
    e.name = "tick", e.seq = 1;
    world.send(e);
    e.seq = 2, e.time = to;
    if (end) e.name = "session_end", e.kind = events::Kind::kSessionEnd;
    world.send(e);
  };
  play("ended", now - 20 * kMinute, now - 10 * kMinute, true);      // 600 s
  play("left", now - 100 * kMinute, now - 40 * kMinute, false);     // 3600 s, idle for 40 minutes
  play("running", now - 120 * kMinute, now - 5 * kMinute, false);   // 6900 s so far
  world.fold();
  const SeriesRequest request{.metric = Metric::kSessionSecondsMedian,
                              .range = {now - 3 * kHour, now},
                              .step = Step::kHour,
                              .zone = TimeZone::utc()};
  Query query = world.query();
  auto answer = run(world.analytics.series().series(query, request));
  ASSERT_TRUE(answer);
  const auto& values = answer->series.at(0).values;
  EXPECT_NEAR(values[0], 0, 1e-9) << "not yet closed";
  EXPECT_NEAR(values[1], 3600, 36);
  EXPECT_NEAR(values[2], 600, 6);
  EXPECT_NEAR(answer->series.at(0).total, 600, 6) << "the lower of two";
  EXPECT_LE(query.valid_before, now + 26 * kMinute) << "then the running one closes by itself";
}

}  // namespace
}  // namespace gamekeeper::analytics
