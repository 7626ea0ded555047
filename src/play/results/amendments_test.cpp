#include "play/results/testing/results_fixture.h"

namespace gamekeeper::play {
namespace {

TEST_F(ResultsTest, AVoidedMatchIsAsIfItHadNotBeenPlayed) {
  const std::vector<MatchResult> all = random_results(60, 11);
  test::TempDir elsewhere;
  auto twin_store = test::open_documents(elsewhere.path());
  for (int i = 0; i < 12; ++i) {
    auto page = run(store->get(kPlayers, scoped("demo", "p" + std::to_string(i))));
    ASSERT_TRUE(
        run(twin_store->commit({.puts = {{.collection = kPlayers, .id = (*page)->id, .body = (*page)->body}}})));
  }
  Process twin(*twin_store, clock);
  for (size_t i = 0; i < all.size(); ++i) {
    settled(here, all[i]);
    if (i != 4) settled(twin, all[i]);
    clock.advance(60'000);
  }
  ASSERT_NE(bodies(*store), bodies(*twin_store));
  auto done = run(here.results.take_back("demo", "m4", "cheating"));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->status, MatchStatus::kVoid);
  EXPECT_EQ(done->reason, "cheating");
  EXPECT_EQ(bodies(*store), bodies(*twin_store));
  // Later matches say what they would have said, and the rest follows.
  const auto mine = matches(*store), theirs = matches(*twin_store);
  for (size_t i = 5; i < mine.size(); ++i) {
    for (size_t t = 0; t < mine[i].result.teams.size(); ++t) {
      const auto &a = mine[i].result.teams[t].players, &b = theirs[i - 1].result.teams[t].players;
      for (size_t p = 0; p < a.size(); ++p) {
        EXPECT_EQ(a[p].before, b[p].before);
        EXPECT_EQ(a[p].after, b[p].after);
        EXPECT_EQ(a[p].deviation, b[p].deviation);
      }
    }
  }
  for (int i = 0; i < 12; ++i) {
    const RatingView a = rating(here, "p" + std::to_string(i)), b = rating(twin, "p" + std::to_string(i));
    EXPECT_EQ(a.rank, b.rank);
    EXPECT_EQ(a.history.size(), b.history.size());
  }
  const auto teams = duel("", "p1", "p2").teams;
  EXPECT_EQ(*run(here.results.predict("demo", "default", teams)), *run(twin.results.predict("demo", "default", teams)));
  // Again is harmless, and the next result goes on from there.
  ASSERT_TRUE(run(here.results.take_back("demo", "m4", "again")));
  settled(here, duel("next", "p1", "p2"));
  settled(twin, duel("next", "p1", "p2"));
  EXPECT_EQ(bodies(*store), bodies(*twin_store));
  EXPECT_EQ(matches(*store).back().applied, 61u);
}

TEST_F(ResultsTest, ACorrectedMatchIsAsIfItHadBeenPlayedSo) {
  settled(here, duel("a", "p1", "p2"));
  settled(here, duel("b", "p2", "p3"));
  auto refused = run(here.results.correct(
      "demo",
      [] {
        MatchResult r = duel("a", "p1", "p2");
        r.queue = "ranked";
        return r;
      }(),
      ""));
  EXPECT_EQ(refused.error().code, "bad_value");
  auto done = run(here.results.correct("demo", duel("a", "p4", "p2"), "the wrong player"));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->applied, 1u);
  EXPECT_EQ(done->result.teams[0].players[0].after, 1662);
  EXPECT_EQ(bodies(*store), replayed(*store));
  EXPECT_FALSE(bodies(*store).contains("p1"));
  EXPECT_FALSE(rating(here, "p1").rank);
  EXPECT_EQ(rating(here, "p4").rank, 1u);
  EXPECT_EQ(run(players.read("demo", "p1"))->record.games(), 0);
  // A void match can be set right, too.
  ASSERT_TRUE(run(here.results.take_back("demo", "b", "")));
  EXPECT_EQ(rating(here, "p3").rating.games(), 0);
  ASSERT_TRUE(run(here.results.correct("demo", duel("b", "p3", "p2"), "")));
  EXPECT_EQ(rating(here, "p3").rating.wins, 1);
  EXPECT_EQ(bodies(*store), replayed(*store));
}

TEST_F(ResultsTest, WhatWasForetoldStaysWithItsTeam) {
  for (int n = 0; n < 20; ++n) settled(here, duel("m" + std::to_string(n), "p1", "p2"));
  const Match before = settled(here, duel("a", "p1", "p2"));
  ASSERT_EQ(before.predicted.size(), 2u);
  EXPECT_GT(before.predicted[0], 0.6);
  MatchResult turned = duel("a", "p2", "p1");  // p2 has won, and is listed first
  auto done = run(here.results.correct("demo", turned, ""));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->predicted, (std::vector<double>{before.predicted[1], before.predicted[0]}));
  done = run(here.results.correct("demo", duel("a", "p3", "p1"), ""));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->predicted.empty()) << "nothing was foretold of these two";
}

TEST_F(ResultsTest, ACorrectionWithoutATimeKeepsTheMatchs) {
  settled(here, duel("a", "p1", "p2"));
  MatchResult late = duel("b", "p2", "p1");
  late.time = kStart + 40 * int64_t{86'400'000};  // a long pause, which widens the deviations
  settled(here, late);
  auto done = run(here.results.correct("demo", duel("b", "p1", "p2"), ""));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->time, *late.time);
  MatchResult right = duel("b", "p1", "p2");
  right.time = late.time;
  EXPECT_EQ(settled(here, right).applied, 2u) << "it is what was said now";
  EXPECT_EQ(bodies(*store), replayed(*store));
}

TEST_F(ResultsTest, ALongQueueIsComputedAnewInPartsUnderTheMark) {
  constexpr uint64_t kMany = 5'200;  // more than one write set holds
  ports::WriteSet set;
  for (uint64_t n = 1; n <= kMany; ++n) {  // as they are stored, but nothing moved yet
    MatchResult r = duel("m" + std::to_string(n), "p" + std::to_string(n % 12), "p" + std::to_string((n * 7 + 1) % 12));
    if (n % 12 == (n * 7 + 1) % 12) r.teams[1].players[0].id = "p" + std::to_string((n + 1) % 12);
    set.puts.push_back(put_of(Match{.app = "demo",
                                    .result = r,
                                    .status = MatchStatus::kApplied,
                                    .time = kStart,
                                    .received_at = kStart,
                                    .settled_at = kStart,
                                    .applied = n,
                                    .digest = r.digest()}));
    if (set.puts.size() == 1000 || n == kMany) ASSERT_TRUE(run(store->commit(std::exchange(set, {}))));
  }
  set.puts.push_back(put_of(QueueRecord{.app = "demo", .queue = "default", .applied = kMany}));
  ASSERT_TRUE(run(store->commit(std::move(set))));
  here.store.fail_commit(2, FlakyStore::How::kNothingDone);  // the second part
  EXPECT_FALSE(run(here.results.recompute("demo", "default")));
  EXPECT_TRUE(bodies(*store).empty()) << "ratings are of the last part";
  Process after(*store, clock);
  while (*run(after.results.catch_up())) {
  }
  std::map<std::string, std::string> anew;
  QueueReplay replay("demo", "default");
  for (uint64_t from = 0; from <= kMany; from += 1000) {
    auto page = run(store->query({.collection = kMatches,
                                  .index = kMatchesByNumber,
                                  .from = match_number_key("demo", "default", from),
                                  .to = match_number_key("demo", "default", from + 1000),
                                  .limit = 1000}));
    for (const ports::Document& d : page->items) {
      Match m = *read_match(d);
      replay.add(m);
      EXPECT_EQ(put_of(m).body, d.body) << "the stored match says what it moved";
    }
  }
  for (const auto& [player, rating] : replay.ratings()) anew[player] = put_of(rating).body;
  EXPECT_EQ(bodies(*store), anew);
  EXPECT_EQ(anew.size(), 12u);
  EXPECT_EQ(run(after.results.recompute("demo", "default"))->changed_matches, 0u);
}

TEST_F(ResultsTest, AnInterruptedRecomputationIsDoneAgain) {
  for (const MatchResult& r : random_results(40, 5)) settled(here, r);
  here.store.fail_commit(2, FlakyStore::How::kNothingDone);  // the first marks the match
  EXPECT_FALSE(run(here.results.take_back("demo", "m3", "")));
  EXPECT_NE(bodies(*store), replayed(*store));
  Process after(*store, clock);
  while (*run(after.results.catch_up())) {
  }
  EXPECT_EQ(bodies(*store), replayed(*store));
  settled(here, duel("next", "p1", "p2"));
  EXPECT_EQ(bodies(*store), replayed(*store));
}

TEST_F(ResultsTest, ASoftResetHasItsPlaceInTheOrder) {
  settled(here, duel("a", "p1", "p2"));
  auto reset = run(here.results.reset("demo", "default", "season-1", 0.5, "season 1 is over"));
  ASSERT_TRUE(reset) << reset.error().message;
  EXPECT_EQ(reset->applied, 2u);
  EXPECT_EQ(rating(here, "p1").rating.shown(), 1581);
  EXPECT_NEAR(rating(here, "p1").rating.deviation, std::sqrt((290.2305 * 290.2305 + 350.0 * 350.0) / 2), 0.001);
  EXPECT_EQ(rating(here, "p1").rating.wins, 1);
  EXPECT_EQ(run(here.results.reset("demo", "default", "season-1", 0.5, ""))->applied, 2u);
  EXPECT_EQ(run(here.results.reset("demo", "default", "season-1", 0.4, "")).error().code, "different_result");
  EXPECT_EQ(run(here.results.reset("demo", "nothing", "x", 0.5, "")).error().code, "not_found");
  const int64_t before = settled(here, duel("b", "p1", "p2")).result.teams[0].players[0].before;
  EXPECT_EQ(before, 1581);
  EXPECT_EQ(bodies(*store), replayed(*store));
  ASSERT_TRUE(run(here.results.take_back("demo", "a", "")));
  EXPECT_EQ(bodies(*store), replayed(*store));
  EXPECT_EQ(rating(here, "p1").rating.shown(), 1662);  // the reset now met nobody
  ASSERT_TRUE(run(here.results.correct("demo", duel("a", "p1", "p2"), "")));
  ASSERT_TRUE(run(here.results.take_back("demo", "season-1", "too early")));
  EXPECT_EQ(matches(*store)[2].result.teams[0].players[0].before, 1662);
  EXPECT_EQ(bodies(*store), replayed(*store));
}

}  // namespace
}  // namespace gamekeeper::play
