#include <random>

#include "play/results/queue_qualities.h"
#include "play/results/rating_spread.h"
#include "play/results/testing/results_fixture.h"

namespace gamekeeper::play {
namespace {

/// A match as it is stored: two players, what was foretold, when it was played.
Match foretold_duel(uint64_t applied, double p, int rank_a, int rank_b, UnixMillis time = 0) {
  Match m{.result = duel("m" + std::to_string(applied), "a", "b", rank_a, rank_b),
          .status = MatchStatus::kApplied,
          .time = time,
          .applied = applied};
  m.predicted = {p, 1 - p};
  m.result.teams[0].players[0].after = 1600, m.result.teams[0].players[0].deviation = 100;
  m.result.teams[1].players[0].after = 1400, m.result.teams[1].players[0].deviation = 200;
  return m;
}

TEST(QueueQuality, SaysHowFarForetoldChancesAreFromWhatHappened) {
  QueueQuality q{.app = "demo", .queue = "default"};
  q.add(foretold_duel(1, 0.8, 1, 2));
  q.add(foretold_duel(2, 0.8, 2, 1));
  q.add(foretold_duel(3, 0.3, 1, 1));
  const ratings::ScorecardFigures f = figures_of(q.card);
  EXPECT_NEAR(f.log_loss, (-std::log(0.8) - std::log(0.2) - 0.5 * std::log(0.3) - 0.5 * std::log(0.7)) / 3, 1e-12);
  EXPECT_NEAR(f.log_loss_decisive, (-std::log(0.8) - std::log(0.2)) / 2, 1e-12);
  EXPECT_NEAR(f.brier, (0.04 + 0.64 + 0.04) / 3, 1e-12);
  EXPECT_NEAR(f.accuracy, 0.5, 1e-12);
  EXPECT_NEAR(f.calibration_error, (std::abs(1.6 - 1) + std::abs(0.3 - 0.5)) / 3, 1e-12);
  EXPECT_TRUE(std::isnan(f.pair_accuracy)) << "no match had more than two teams";
  EXPECT_EQ(q.card.bins[8].games, 2);
  EXPECT_EQ(q.card.bins[3].games, 1);
}

TEST(QueueQuality, CountsPairsOfLargerMatches) {
  Match m{.status = MatchStatus::kApplied, .applied = 1, .predicted = {0.5, 0.3, 0.2}};
  m.result.teams = {{.rank = 1}, {.rank = 3}, {.rank = 2}};
  QueueQuality q;
  q.add(m);
  EXPECT_NEAR(figures_of(q.card).pair_accuracy, 2.0 / 3, 1e-12) << "the third did better than the second";
  EXPECT_TRUE(std::isnan(figures_of(q.card).log_loss));
}

TEST(QueueQuality, LeavesOutWhatDoesNotCount) {
  QueueQuality q;
  Match taken_back = foretold_duel(1, 0.8, 1, 2),
        reset{.status = MatchStatus::kApplied, .applied = 2, .reset_keep = 0.5};
  taken_back.status = MatchStatus::kVoid;
  Match unknown = foretold_duel(3, 0.8, 1, 2);
  unknown.predicted.clear();
  for (const Match& m : {taken_back, reset, unknown}) q.add(m);
  EXPECT_EQ(q.counted, 3);
  EXPECT_EQ(q.matches, 1);
  EXPECT_EQ(q.foretold, 0);
  EXPECT_EQ(q.card.games, 0);
}

TEST(QueueQuality, KeepsPeriodsFewByMakingThemLonger) {
  constexpr int64_t kHour = 3'600'000;
  QueueQuality q;
  for (int n = 0; n < 1000; ++n) q.add(foretold_duel(n + 1, 0.5, 1, 2, n * kHour + 7));
  q.add(foretold_duel(1001, 0.5, 1, 2, -5));  // before 1970: one more period, not a thousand
  EXPECT_EQ(q.period_ms, 6 * kHour);
  EXPECT_LE(q.periods.size(), QueueQuality::kPeriodsMax);
  double matches = 0, seats = 0, rating = 0;
  for (const auto& [from, period] : q.periods) {
    EXPECT_EQ(from % q.period_ms, 0);
    matches += period.matches, seats += period.seats, rating += period.rating;
  }
  EXPECT_EQ(matches, 1001);
  EXPECT_EQ(rating / seats, 1500);
  EXPECT_EQ(q.periods.at(-6 * kHour).matches, 1);
  EXPECT_EQ(q.periods.at(0).matches, 6);
}

TEST(QueueQuality, IsReadAsItWasWritten) {
  QueueQuality q{.app = "demo", .queue = "ranked", .recomputed = 3, .as_of = 77};
  for (int n = 0; n < 50; ++n) q.add(foretold_duel(n + 1, 0.013 * n, 1 + n % 2, 1 + n % 3, n * 5'000'000LL));
  ports::Put put = put_of(q);
  const auto read = read_queue_quality({.id = put.id, .body = put.body, .version = 0});
  ASSERT_TRUE(read);
  EXPECT_EQ(put_of(*read).body, put.body);
  EXPECT_EQ(read->queue, "ranked");
  EXPECT_FALSE(read_queue_quality({.id = put.id, .body = R"({"period_ms": 3600000, "card": ["1"]})", .version = 1}));
}

class QueueQualitiesTest : public ResultsTest {
 protected:
  static void count_all(QueueQualities& by) {
    for (int steps = 0; steps < 100; ++steps) {
      auto more = run(by.step());
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) return;
    }
    FAIL() << "it never ends";
  }
  /// What the stored matches add up to.
  QueueQuality folded() {
    QueueQuality q{.app = "demo", .queue = "default"};
    for (const Match& m : matches(*store)) q.add(m);
    return q;
  }
  void expect_whole(QueueQualities& by) {
    const auto view = run(by.read("demo", "default"));
    ASSERT_TRUE(view);
    const QueueQuality all = folded();
    EXPECT_EQ(view->behind(), 0);
    EXPECT_EQ(view->quality.counted, all.counted);
    EXPECT_EQ(view->quality.matches, all.matches);
    EXPECT_EQ(view->quality.foretold, all.foretold);
    EXPECT_EQ(view->quality.card.games, all.card.games);
    EXPECT_NEAR(view->quality.card.loss, all.card.loss, 1e-9);
    EXPECT_EQ(view->quality.card.pairs_right, all.card.pairs_right);
    EXPECT_EQ(view->quality.periods.size(), all.periods.size());
  }

  QueueQualities qualities{*store, clock};
};

TEST_F(QueueQualitiesTest, CountsWhatWasPlayedAndGoesOnFromThere) {
  const auto results = random_results(60, 1);
  for (size_t i = 0; i < 40; ++i) settled(here, results[i]);
  count_all(qualities);
  expect_whole(qualities);
  EXPECT_GT(folded().card.games, 10);
  EXPECT_GT(folded().card.pairs, 10);
  for (size_t i = 40; i < 60; ++i) settled(here, results[i]);
  EXPECT_EQ(run(qualities.read("demo", "default"))->behind(), 20);
  QueueQualities after_a_start{*store, clock};
  count_all(after_a_start);
  expect_whole(after_a_start);
}

TEST_F(QueueQualitiesTest, CountsAnewWhenAMatchIsTakenBack) {
  for (MatchResult& r : random_results(30, 2)) settled(here, std::move(r));
  count_all(qualities);
  ASSERT_TRUE(run(here.results.take_back("demo", "m3", "cheated")));
  count_all(qualities);
  expect_whole(qualities);
  EXPECT_EQ(run(qualities.read("demo", "default"))->quality.matches, 29);
}

TEST_F(QueueQualitiesTest, TwoProcessesCountOnce) {
  QueueQualities other{*store, clock};
  for (MatchResult& r : random_results(20, 3)) {
    settled(here, std::move(r));
    ASSERT_TRUE(run(qualities.step()));
    ASSERT_TRUE(run(other.step()));
  }
  count_all(qualities);
  count_all(other);
  expect_whole(qualities);
}

TEST_F(QueueQualitiesTest, ALostAnswerLosesNothing) {
  for (MatchResult& r : random_results(20, 4)) settled(here, std::move(r));
  FlakyStore flaky(*store);
  QueueQualities cut_off{flaky, clock};
  flaky.fail_commit(1, FlakyStore::How::kAnswerLost);
  EXPECT_FALSE(run(cut_off.step())) << "the store did not answer";
  count_all(cut_off);
  expect_whole(cut_off);
}

/// Another process acts between what a step reads and what it writes.
struct QualityCrossing : test::PassingStore {
  using PassingStore::PassingStore;
  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    if (auto first = std::exchange(meanwhile, nullptr)) co_await first();
    co_return co_await store_.commit(std::move(set));
  }
  std::function<Task<void>()> meanwhile;
};

TEST_F(QueueQualitiesTest, WhoCountsAtTheSameMomentGoesOnFromTheOthers) {
  for (MatchResult& r : random_results(20, 5)) settled(here, std::move(r));
  QualityCrossing crossing(*store);
  QueueQualities slower{crossing, clock};
  crossing.meanwhile = [this]() -> Task<void> {
    GK_CHECK((co_await qualities.step()).has_value(), "the other one counts");
  };
  auto more = run(slower.step());
  ASSERT_TRUE(more) << more.error().message;
  EXPECT_TRUE(*more) << "its own count was not taken";
  count_all(slower);
  expect_whole(slower);
}

TEST_F(QueueQualitiesTest, AQueueThatIsBeingComputedAnewIsCountedAfterwards) {
  for (MatchResult& r : random_results(10, 6)) settled(here, std::move(r));
  const auto mark = [this](bool recompute) {
    auto record = *run(qualities.record("demo", "default"));
    record.recompute = recompute;
    ports::WriteSet set;
    set.puts.push_back(put_of(record));
    ASSERT_TRUE(run(store->commit(std::move(set))));
  };
  mark(true);
  EXPECT_FALSE(*run(qualities.step()));
  EXPECT_EQ(run(qualities.read("demo", "default"))->behind(), 10);
  mark(false);
  count_all(qualities);
  expect_whole(qualities);
}

TEST_F(QueueQualitiesTest, ALongQueueIsCountedInSteps) {
  constexpr int kMore = QueueQualities::kPagesAStep * QueueQualities::kPage + 1;
  ports::WriteSet set;
  for (int n = 1; n <= kMore; ++n) {
    Match m = foretold_duel(static_cast<uint64_t>(n), 0.6, 1, 2, kStart);
    m.app = "demo";
    set.puts.push_back(put_of(m));
  }
  set.puts.push_back(put_of(QueueRecord{.app = "demo", .queue = "default", .applied = kMore}));
  ASSERT_TRUE(run(store->commit(std::move(set))));
  EXPECT_TRUE(*run(qualities.step())) << "there is more";
  EXPECT_EQ(run(qualities.read("demo", "default"))->behind(), 1);
  EXPECT_FALSE(*run(qualities.step()));
  EXPECT_EQ(run(qualities.read("demo", "default"))->quality.matches, kMore);
}

TEST_F(QueueQualitiesTest, ListsTheQueuesOfOneApp) {
  ports::WriteSet set;
  for (const char* queue : {"ranked", "default", "casual"})
    set.puts.push_back(put_of(QueueRecord{.app = "demo", .queue = queue, .applied = 7}));
  set.puts.push_back(put_of(QueueRecord{.app = "other", .queue = "theirs", .applied = 1}));
  ASSERT_TRUE(run(store->commit(std::move(set))));
  const auto page = run(qualities.list("demo", 2, ""));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 2);
  EXPECT_EQ(page->items[0].queue, "casual");
  const auto rest = run(qualities.list("demo", 2, page->next_cursor));
  ASSERT_EQ(rest->items.size(), 1);
  EXPECT_EQ(rest->items[0].queue, "ranked");
  EXPECT_EQ(run(qualities.read("demo", "theirs")).error().kind, ErrorKind::kNotFound);
}

TEST(RatingSpread, IsWhatCountingOneByOneSays) {
  std::mt19937 dice(5);
  for (int players : {1, 2, 7, 100, 3000}) {
    auto boards = test::make_ranked_set();
    const ports::Board board{.id = "demo/queue:default", .op = ports::BoardOperator::kLast};
    std::vector<ports::ScoreWrite> writes;
    std::vector<int64_t> ratings;
    for (int n = 0; n < players; ++n) {
      ratings.push_back(static_cast<int64_t>(std::normal_distribution<double>(1500, 300)(dice)));
      writes.push_back({"p" + std::to_string(n), ratings.back(), n});
    }
    ASSERT_TRUE(run(boards->fill(board, writes)));
    std::ranges::sort(ratings);
    const auto spread = run(spread_of(*boards, board));
    ASSERT_TRUE(spread);
    EXPECT_EQ(spread->players, ratings.size());
    EXPECT_EQ(spread->lowest, ratings.front());
    EXPECT_EQ(spread->highest, ratings.back());
    EXPECT_LE(spread->bins.size(), 32);
    uint64_t all = 0;
    int64_t edge = spread->bins.front().from;
    for (const auto& bin : spread->bins) {
      EXPECT_EQ(bin.from, edge) << "no gaps";
      edge += spread->width;
      const auto inside = [&](int64_t rating) { return rating >= bin.from && rating < bin.from + spread->width; };
      EXPECT_EQ(bin.players, std::ranges::count_if(ratings, inside)) << players << " players, from " << bin.from;
      all += bin.players;
    }
    EXPECT_EQ(all, ratings.size());
    for (size_t i = 0; i < RatingSpread::kPercents.size(); ++i) {
      const size_t below = std::max<size_t>(1, (ratings.size() * RatingSpread::kPercents[i] + 99) / 100);
      EXPECT_EQ(spread->percentiles[i], ratings[below - 1]) << RatingSpread::kPercents[i] << " %";
    }
  }
}

TEST(RatingSpread, OfNobodyIsEmpty) {
  auto boards = test::make_ranked_set();
  const auto spread = run(spread_of(*boards, {.id = "demo/queue:none", .op = ports::BoardOperator::kLast}));
  ASSERT_TRUE(spread);
  EXPECT_EQ(spread->players, 0);
  EXPECT_TRUE(spread->bins.empty());
}

}  // namespace
}  // namespace gamekeeper::play
