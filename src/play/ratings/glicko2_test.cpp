#include "play/ratings/glicko2.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace gamekeeper::play::ratings {
namespace {

constexpr std::array<Glicko2Game, 3> kGlickmansGames = {Glicko2Game{1400, 30, 1}, {1550, 100, 0}, {1700, 300, 0}};

TEST(Glicko2, GlickmansExample) {
  auto after = rate_glicko2_period({1500, 200, 0.06}, kGlickmansGames);
  ASSERT_TRUE(after);
  EXPECT_NEAR(after->rating, 1464.0506705393013, 1e-9);
  EXPECT_NEAR(after->deviation, 151.51652412385727, 1e-9);
  EXPECT_NEAR(after->volatility, 0.0599959842864885, 1e-12);
}

TEST(Glicko2, AnIdlePeriodOnlyWidens) {
  auto after = rate_glicko2_period({1500, 200, 0.06}, {});
  ASSERT_TRUE(after);
  EXPECT_DOUBLE_EQ(after->rating, 1500);
  EXPECT_NEAR(after->deviation, 200.2714, 1e-4);
  EXPECT_DOUBLE_EQ(after->volatility, 0.06);
}

TEST(Glicko2, TheOrderWithinAPeriodMeansNothing) {
  auto games = kGlickmansGames;
  const Glicko2 first = *rate_glicko2_period({1500, 200, 0.06}, games);
  std::sort(games.begin(), games.end(), [](const auto& a, const auto& b) { return a.rating > b.rating; });
  do {
    const Glicko2 other = *rate_glicko2_period({1500, 200, 0.06}, games);
    EXPECT_NEAR(other.rating, first.rating, 1e-9);
    EXPECT_NEAR(other.deviation, first.deviation, 1e-9);
    EXPECT_NEAR(other.volatility, first.volatility, 1e-12);
  } while (std::prev_permutation(games.begin(), games.end(),
                                 [](const auto& a, const auto& b) { return a.rating < b.rating; }));
}

TEST(Glicko2, IdleTimeNeverKnowsLessThanOfANewcomer) {
  const Glicko2Options options;
  EXPECT_DOUBLE_EQ(idle_deviation({1500, 60, 0.06}, 1e9, options), 350);
  EXPECT_DOUBLE_EQ(idle_deviation({1500, 400, 0.06}, 1e9, options), 400);
  EXPECT_LT(idle_deviation({1500, 60, 0.06}, 10, options), idle_deviation({1500, 60, 0.06}, 11, options));
}

TEST(Glicko2, WinsRaiseLossesLowerAndGamesInform) {
  for (double gap : {-800.0, -100.0, 0.0, 100.0, 800.0}) {
    const Glicko2 player{1500, 120, 0.06};
    const std::array<Glicko2Game, 1> won = {Glicko2Game{1500 + gap, 80, 1}}, lost = {Glicko2Game{1500 + gap, 80, 0}};
    EXPECT_GT(rate_glicko2(player, won, 0, {}).rating, 1500);
    EXPECT_LT(rate_glicko2(player, lost, 0, {}).rating, 1500);
    EXPECT_LT(rate_glicko2(player, won, 0, {}).deviation, 120);
  }
}

TEST(Glicko2, ASurprisingRunMakesThePlayerVolatile) {
  const std::array<Glicko2Game, 3> upsets = {Glicko2Game{2200, 40, 1}, {2200, 40, 1}, {2200, 40, 1}};
  EXPECT_GT(rate_glicko2_period({1500, 60, 0.06}, upsets)->volatility, 0.06);
  const std::array<Glicko2Game, 3> extreme = {Glicko2Game{9000, 40, 1}, {9000, 40, 1}, {9000, 40, 1}};
  EXPECT_TRUE(std::isfinite(rate_glicko2_period({1500, 60, 0.06}, extreme)->rating));
}

TEST(Glicko2, AnAdvantageIsTakenIntoAccount) {
  const std::array<Glicko2Game, 1> plain = {Glicko2Game{1500, 80, 1}},
                                   at_home = {
                                       Glicko2Game{.rating = 1500, .deviation = 80, .score = 1, .advantage = 70}};
  EXPECT_LT(rate_glicko2({1500, 120, 0.06}, at_home, 0, {}).rating,
            rate_glicko2({1500, 120, 0.06}, plain, 0, {}).rating);
  EXPECT_GT(glicko2_logit({1500, 120}, {1500, 80}, 70), 0);
  EXPECT_DOUBLE_EQ(glicko2_logit({1600, 120}, {1500, 80}), -glicko2_logit({1500, 80}, {1600, 120}));
}

TEST(Glicko2, RefusesWhatMeansNothing) {
  auto field = [](Glicko2 player, Glicko2Game game, Glicko2Options options = {}) {
    const std::array<Glicko2Game, 1> games = {game};
    return rate_glicko2_period(player, games, options).error().field;
  };
  EXPECT_EQ(field({NAN, 200, 0.06}, {}), "rating");
  EXPECT_EQ(field({1500, 0, 0.06}, {}), "deviation");
  EXPECT_EQ(field({1500, 200, -1}, {}), "volatility");
  EXPECT_EQ(field({1500, 200, 0.06}, {.score = 2}), "score");
  EXPECT_EQ(field({1500, 200, 0.06}, {.deviation = NAN}), "deviation");
  EXPECT_EQ(field({1500, 200, 0.06}, {.weight = 0}), "weight");
  EXPECT_EQ(field({1500, 200, 0.06}, {}, {.tau = 0}), "tau");
}

}  // namespace
}  // namespace gamekeeper::play::ratings
