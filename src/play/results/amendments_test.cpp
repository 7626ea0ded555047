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
