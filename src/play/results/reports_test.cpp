#include "play/results/testing/results_fixture.h"

namespace gamekeeper::play {
namespace {

class ReportsTest : public ResultsTest {
 protected:
  Result<Match> said(const std::string& by, MatchResult result) {
    return run(here.results.report("demo", by, std::move(result)));
  }
};

TEST_F(ReportsTest, ADuelIsSettledWhenBothSayTheSame) {
  auto first = said("p1", duel("m", "p1", "p2"));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->status, MatchStatus::kPending);
  EXPECT_EQ(rating(here, "p1").rating.games(), 0);
  EXPECT_EQ(said("p1", duel("m", "p1", "p2"))->status, MatchStatus::kPending);
  EXPECT_EQ(said("p3", duel("m", "p1", "p2")).error().code, "not_yours");
  EXPECT_EQ(said("p2", duel("m", "p1", "p2"))->status, MatchStatus::kApplied);
  EXPECT_EQ(rating(here, "p1").rating.wins, 1);
  EXPECT_EQ(said("p1", duel("m", "p1", "p2"))->applied, 1u);
  EXPECT_EQ(said("p2", duel("m", "p2", "p1")).error().code, "different_result");
}

TEST_F(ReportsTest, WhoDisagreeOrAreLateAreHeardByTheServer) {
  EXPECT_EQ(said("p1", duel("m", "p1", "p2"))->status, MatchStatus::kPending);
  EXPECT_EQ(said("p2", duel("m", "p2", "p1"))->status, MatchStatus::kDisputed);
  EXPECT_EQ(said("p3", duel("n", "p3", "p4"))->status, MatchStatus::kPending);
  clock.advance(599'000);
  EXPECT_EQ(*run(here.results.sweep()), 0u);
  clock.advance(2'000);
  EXPECT_EQ(*run(here.results.sweep()), 1u);
  EXPECT_EQ(*run(here.results.sweep()), 0u);
  const auto disputed = run(here.results.list("demo", {.status = MatchStatus::kDisputed}, 50, ""));
  ASSERT_EQ(disputed->items.size(), 2u);
  EXPECT_EQ(disputed->items[0].result.match_id, "n");
  EXPECT_EQ(disputed->items[1].reports.size(), 2u);
  EXPECT_EQ(said("p4", duel("n", "p3", "p4"))->status, MatchStatus::kDisputed);
  EXPECT_EQ(settled(here, duel("m", "p2", "p1")).applied, 1u);
  EXPECT_EQ(run(here.results.correct("demo", duel("n", "p4", "p3"), "seen on video"))->applied, 2u);
  EXPECT_TRUE(run(here.results.list("demo", {.status = MatchStatus::kDisputed}, 50, ""))->items.empty());
  EXPECT_EQ(rating(here, "p4").rating.wins, 1);
}

TEST_F(ReportsTest, NobodyDecidesForTheOthersAlone) {
  MatchResult teams{.match_id = "t",
                    .queue = "default",
                    .teams = {{.rank = 1, .players = {{.id = "p1"}, {.id = "p2"}}},
                              {.rank = 2, .players = {{.id = "p3"}, {.id = "p4"}}}}};
  EXPECT_EQ(said("p1", teams)->status, MatchStatus::kPending);
  EXPECT_EQ(said("p2", teams)->status, MatchStatus::kPending);  // one whole team, but no opponent
  EXPECT_EQ(said("p4", teams)->status, MatchStatus::kApplied);
  MatchResult field{.match_id = "f", .queue = "default"};
  for (int i = 1; i <= 3; ++i)
    field.teams.push_back({.rank = static_cast<uint32_t>(i), .players = {{.id = "p" + std::to_string(i)}}});
  EXPECT_EQ(said("p1", field)->status, MatchStatus::kPending);
  EXPECT_EQ(said("p3", field)->status, MatchStatus::kApplied);  // all but one
  // Whoever changes their mind stands to the last word.
  EXPECT_EQ(said("p1", duel("d", "p1", "p2"))->status, MatchStatus::kPending);
  EXPECT_EQ(said("p1", duel("d", "p2", "p1"))->status, MatchStatus::kPending);
  EXPECT_EQ(said("p2", duel("d", "p2", "p1"))->status, MatchStatus::kApplied);
}

TEST_F(ReportsTest, AMatchIsOfOneQueue) {
  EXPECT_EQ(said("p1", duel("m", "p1", "p2"))->status, MatchStatus::kPending);
  MatchResult elsewhere = duel("m", "p1", "p2");
  elsewhere.queue = "ranked";
  const auto refused = said("p2", elsewhere);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "different_result");
  EXPECT_EQ(said("p2", duel("m", "p1", "p2"))->status, MatchStatus::kApplied);
}

TEST_F(ReportsTest, AVoidPendingMatchMovesNothing) {
  said("p1", duel("m", "p1", "p2"));
  EXPECT_EQ(run(here.results.take_back("demo", "m", ""))->status, MatchStatus::kVoid);
  EXPECT_EQ(said("p2", duel("m", "p1", "p2"))->status, MatchStatus::kVoid);
  EXPECT_TRUE(bodies(*store).empty());
  EXPECT_EQ(run(here.results.correct("demo", duel("m", "p1", "p2"), ""))->status, MatchStatus::kApplied);
  EXPECT_EQ(run(here.results.take_back("demo", "none", "")).error().code, "not_found");
}

}  // namespace
}  // namespace gamekeeper::play
