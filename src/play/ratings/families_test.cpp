#include "play/ratings/families.h"

#include <gtest/gtest.h>

#include <vector>

#include "play/ratings/elo.h"

namespace gamekeeper::play::ratings {
namespace {

/// Matches of newcomers alone: team t has sizes[t] members.
class NewcomerTable {
 public:
  explicit NewcomerTable(const std::vector<size_t>& sizes) {
    for (size_t size : sizes) {
      members_.emplace_back();
      for (size_t i = 0; i < size; ++i) members_.back().push_back({.player = static_cast<PlayerIndex>(players++)});
    }
  }
  Match match(const std::vector<uint32_t>& ranks, double day = 0) {
    teams_.clear();
    for (size_t i = 0; i < ranks.size(); ++i) teams_.push_back({.members = members_[i], .rank = ranks[i]});
    return {.day = day, .teams = teams_};
  }
  size_t players = 0;

 private:
  std::vector<std::vector<Member>> members_;
  std::vector<Team> teams_;
};

/// What the first of a duel gains with such a rank when it has an advantage of so many logits.
template <class Family>
std::pair<double, double> gains(Family family, std::vector<uint32_t> ranks, double advantage) {
  NewcomerTable table({1, 1});
  family.grow(2);
  family.learn(table.match(ranks), advantage);
  return {family.standing(0).mean - 1500, family.standing(1).mean - 1500};
}

template <class Family>
void expect_advantage_counts(const Family& family) {
  const auto level = gains(family, {1, 2}, 0), ahead = gains(family, {1, 2}, 1), lost = gains(family, {2, 1}, 1);
  EXPECT_GT(ahead.first, 0);
  EXPECT_LT(ahead.first, level.first * 0.9) << "a win that was to be expected";
  EXPECT_GT(ahead.second, level.second * 0.9);
  EXPECT_LT(lost.first, -level.first * 1.1) << "a loss that was not";
  EXPECT_GT(lost.second, level.first * 1.1);
}

TEST(Families, AnAdvantageIsNoMeritOfThePlayers) {
  expect_advantage_counts(EloFamily({}));
  expect_advantage_counts(Glicko2Family({}));
  expect_advantage_counts(WengLinFamily(WengLinRule::kPlackettLuce, {}));
  expect_advantage_counts(WengLinFamily(WengLinRule::kThurstoneMosteller, {}));
  expect_advantage_counts(EloMmFamily({}));
}

TEST(Families, EloOfAFieldIsTheMeanOfItsDuels) {
  EloFamily elo({});
  NewcomerTable table({1, 1, 1, 1});
  elo.grow(table.players);
  elo.learn(table.match({1, 2, 3, 3}), 0);
  const double half = EloOptions{}.k / 2;
  EXPECT_DOUBLE_EQ(elo.standing(0).mean, 1500 + half);
  EXPECT_DOUBLE_EQ(elo.standing(1).mean, 1500 + half / 3);
  EXPECT_DOUBLE_EQ(elo.standing(2).mean, 1500 - half * 2 / 3) << "two losses and a draw";
  EXPECT_DOUBLE_EQ(elo.standing(3).mean, elo.standing(2).mean);
}

TEST(Families, EloOfATeamIsItsMeanAndKFallsWithGames) {
  EloFamily elo({});
  NewcomerTable table({2, 1});
  elo.grow(table.players);
  elo.put(0, {.mean = 1900});
  elo.put(1, {.mean = 1500});
  elo.put(2, {.mean = 1700});
  EXPECT_DOUBLE_EQ(elo.logit(table.match({1, 2})), 0);

  EloFamily decaying({.decaying = true});
  NewcomerTable duel({1, 1});
  decaying.grow(2);
  for (int games = 0; games < 3; ++games) {
    decaying.put(1, {.mean = decaying.standing(0).mean, .games = static_cast<double>(games)});  // always level
    const double before = decaying.standing(0).mean;
    decaying.learn(duel.match({1, 2}), 0);
    EXPECT_NEAR(decaying.standing(0).mean - before, decaying_k(games) / 2, 1e-9) << games;
  }
}

TEST(Families, WhatIsPutIsWhatStands) {
  const Standing s{.mean = 1623.5, .deviation = 87.25, .volatility = 0.05, .games = 9, .last_day = 3};
  const auto check = [&s](auto family, bool has_deviation) {
    family.grow(1);
    family.put(0, s);
    EXPECT_NEAR(family.standing(0).mean, s.mean, 1e-9);
    EXPECT_NEAR(family.standing(0).deviation, has_deviation ? s.deviation : 0, 1e-9);
  };
  check(EloFamily({}), false);
  check(Glicko2Family({}), true);
  check(WengLinFamily(WengLinRule::kPlackettLuce, {}), true);
  check(EloMmFamily({}), true);
  NewcomerTable table({1});
  WengLinFamily newcomer(WengLinRule::kPlackettLuce, {});
  newcomer.grow(1);
  EXPECT_NEAR(newcomer.standing(0).mean, 1500, 1e-9);
  EXPECT_NEAR(newcomer.standing(0).deviation, 350, 1e-9);
}

TEST(Families, Glicko2MembersKeepTheirDistanceFromTheirTeam) {
  Glicko2Family glicko({});
  NewcomerTable table({2, 1});
  glicko.grow(table.players);
  glicko.put(0, {.mean = 1800, .deviation = 100});
  glicko.put(1, {.mean = 1400, .deviation = 100});
  glicko.put(2, {.mean = 1600, .deviation = 100});
  glicko.learn(table.match({1, 2}), 0);
  EXPECT_NEAR(glicko.standing(0).mean - 1800, glicko.standing(1).mean - 1400, 1e-9) << "the team won, both alike";
  EXPECT_GT(glicko.standing(0).mean, 1800);
}

TEST(Families, Glicko2WidensFromTheLastMatchOnAndAFieldTellsLessThanItsDuels) {
  Glicko2Family glicko({});
  NewcomerTable table({1, 1});
  glicko.grow(2);
  for (PlayerIndex p : {0u, 1u}) glicko.put(p, {.mean = 1500, .deviation = 60});
  glicko.learn(table.match({1, 2}, 100), 0);
  EXPECT_EQ(glicko.standing(0).last_day, 100);

  Glicko2Family field({});
  NewcomerTable four({1, 1, 1, 1});
  field.grow(4);
  for (PlayerIndex p : {0u, 1u, 2u, 3u}) field.put(p, {.mean = 1500, .deviation = 60});
  field.learn(four.match({1, 2, 3, 4}), 0);
  EXPECT_LT(field.standing(0).mean - 1500, 3 * (glicko.standing(0).mean - 1500) * 0.9);
}

TEST(Families, EloMmForgetsBetweenMatchesUpToANewcomersUncertainty) {
  EloMmFamily mm({});
  const EloMmOptions options;
  NewcomerTable table({1, 1});
  mm.grow(2);
  const double newcomer = mm.standing(0).deviation;
  EXPECT_NEAR(newcomer, options.deviation, 1e-9);
  // Somebody as uncertain as a newcomer cannot become more so, whether they have played or not.
  EloMmFamily played({});
  played.grow(2);
  for (PlayerIndex p : {0u, 1u}) played.put(p, {.mean = 1500, .deviation = options.deviation, .games = 5});
  mm.learn(table.match({1, 2}), 0);
  played.learn(table.match({1, 2}), 0);
  EXPECT_NEAR(played.standing(0).mean, mm.standing(0).mean, 1e-9);
  // Who has played drifts, who has not does not.
  EloMmFamily known({}), unknown({});
  known.grow(2), unknown.grow(2);
  for (PlayerIndex p : {0u, 1u}) {
    known.put(p, {.mean = 1500, .deviation = 100, .games = 1});
    unknown.put(p, {.mean = 1500, .deviation = 100, .games = 0});
  }
  known.learn(table.match({1, 2}), 0);
  unknown.learn(table.match({1, 2}), 0);
  EXPECT_GT(known.standing(0).deviation, unknown.standing(0).deviation);
}

}  // namespace
}  // namespace gamekeeper::play::ratings
