// The numbers are those of the libraries that follow the paper, which give a team one beta whatever its size.
#include "play/ratings/weng_lin.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

namespace gamekeeper::play::ratings {
namespace {

using Players = std::vector<std::vector<Gaussian>>;
constexpr WengLinOptions kPaper{.drift = 0, .beta_per_player = false, .dependent_pairs = false};
constexpr WengLinOptions kPaperWithDrift{.beta_per_player = false, .dependent_pairs = false};
constexpr auto kPL = WengLinRule::kPlackettLuce;
constexpr auto kTM = WengLinRule::kThurstoneMosteller;

/// Newcomers in teams of these sizes.
Players newcomers(std::initializer_list<size_t> sizes) {
  Players players;
  for (size_t size : sizes) players.emplace_back(size);
  return players;
}

Players rated(WengLinRule rule, Players players, const std::vector<uint32_t>& ranks, const WengLinOptions& options) {
  std::vector<WengLinTeam> teams;
  for (size_t i = 0; i < players.size(); ++i) teams.push_back({players[i], ranks[i], 0});
  auto ok = rate_weng_lin_checked(rule, teams, options);
  EXPECT_TRUE(ok) << ok.error().message;
  return players;
}

void expect_first_members(const Players& players, const std::vector<std::pair<double, double>>& expected) {
  ASSERT_EQ(players.size(), expected.size());
  for (size_t i = 0; i < players.size(); ++i) {
    EXPECT_NEAR(players[i][0].mean, expected[i].first, 1e-11) << "team " << i;
    EXPECT_NEAR(players[i][0].deviation, expected[i].second, 1e-11) << "team " << i;
  }
}

TEST(PlackettLuce, Duel) {
  expect_first_members(rated(kPL, newcomers({1, 1}), {1, 2}, kPaper),
                       {{27.63523138347365, 8.065506316323548}, {22.36476861652635, 8.065506316323548}});
  expect_first_members(rated(kPL, newcomers({1, 1}), {1, 2}, kPaperWithDrift),
                       {{27.635389493140497, 8.065901413543681}, {22.364610506859503, 8.065901413543681}});
}

TEST(PlackettLuce, Draw) {
  expect_first_members(rated(kPL, newcomers({1, 1}), {1, 1}, kPaper),
                       {{25, 8.065506316323548}, {25, 8.065506316323548}});
}

TEST(PlackettLuce, FreeForAll) {
  expect_first_members(rated(kPL, newcomers({1, 1, 1}), {1, 2, 3}, kPaper), {{27.868876552746237, 8.204837030780652},
                                                                             {25.717219138186557, 8.057829747583874},
                                                                             {21.413904309067206, 8.057829747583874}});
  const Players four = {{{29.182, 4.782}}, {{27.174, 4.922}}, {{16.672, 6.217}}, {{}}};
  expect_first_members(rated(kPL, four, {1, 2, 3, 4}, kPaperWithDrift), {{30.210227447000438, 4.765617924939384},
                                                                         {27.644725221915632, 4.883479590134575},
                                                                         {17.4036218889969, 6.101259408259549},
                                                                         {19.21460876538932, 7.854669920480409}});
}

TEST(PlackettLuce, Teams) {
  const Players after = rated(kPL, newcomers({3, 1, 2}), {1, 2, 3}, kPaper);
  expect_first_members(after, {{25.939870821784513, 8.247641552260456},
                               {27.21366020491262, 8.274321317985242},
                               {21.84646897330287, 8.213058173195341}});
  EXPECT_EQ(after[0][0].mean, after[0][2].mean);
  expect_first_members(rated(kPL, newcomers({2, 3}), {2, 1}, kPaper),
                       {{24.22648754671267, 8.255168306535959}, {25.77351245328733, 8.237499039602062}});
}

TEST(PlackettLuce, Ties) {
  expect_first_members(rated(kPL, newcomers({1, 1, 1}), {1, 1, 2}, kPaper), {{25.717219138186557, 8.204837030780652},
                                                                             {25.717219138186557, 8.204837030780652},
                                                                             {23.56556172362688, 8.204837030780652}});
  expect_first_members(rated(kPL, newcomers({2, 1, 2, 1}), {2, 1, 2, 4}, kPaper),
                       {{24.026795813866425, 8.179063138663201},
                        {27.766316780762253, 8.309247049880598},
                        {24.026795813866425, 8.179063138663201},
                        {24.180091591504898, 8.28226658691167}});
}

TEST(ThurstoneMosteller, DuelAndDraw) {
  expect_first_members(rated(kTM, newcomers({1, 1}), {1, 2}, kPaper),
                       {{29.230718708993216, 7.630934718709003}, {20.769281291006784, 7.630934718709003}});
  expect_first_members(rated(kTM, newcomers({1, 1}), {1, 1}, kPaper),
                       {{25, 7.202539311125852}, {25, 7.202539311125852}});
}

TEST(ThurstoneMosteller, TeamsAndTies) {
  expect_first_members(rated(kTM, newcomers({3, 1, 2}), {1, 2, 3}, kPaper), {{25.729796801442728, 8.153169236399172},
                                                                             {34.02513843037207, 7.757460494129447},
                                                                             {15.245064768185204, 7.372121080126496}});
  expect_first_members(rated(kTM, newcomers({2, 1, 2, 1}), {2, 1, 2, 4}, kPaper),
                       {{16.470911153054338, 6.575349434568534},
                        {47.339468045036355, 6.324960437250208},
                        {16.470911153054338, 6.575349434568534},
                        {19.71870964885496, 7.344462640479845}});
}

TEST(WengLin, WinProbability) {
  std::vector<Gaussian> a = {{25, 25.0 / 3}, {32.444, 5.123}}, b = {{73.381, 1.421}, {25.188, 6.211}};
  EXPECT_NEAR(weng_lin_win({a}, {b}, kPaper), 0.0008308945674377, 1e-9);
  EXPECT_NEAR(weng_lin_win({b}, {a}, kPaper), 0.9991691054325622, 1e-9);
  EXPECT_GT(weng_lin_win({a}, {b}, {.drift = 0}), weng_lin_win({a}, {b}, kPaper)) << "a beta a player is less sure";
}

TEST(WengLin, TheOrderOfTeamsMeansNothing) {
  const Players players = {{{29, 5}, {20, 7}}, {{27, 4}}, {{16, 6}, {31, 2}, {24, 8}}, {{25, 8}}};
  for (auto rule : {kPL, kTM}) {
    const Players forward = rated(rule, players, {2, 1, 2, 3}, {});
    Players turned(players.rbegin(), players.rend());
    turned = rated(rule, turned, {3, 2, 1, 2}, {});
    for (size_t i = 0; i < players.size(); ++i) {
      for (size_t p = 0; p < players[i].size(); ++p) {
        EXPECT_NEAR(forward[i][p].mean, turned[3 - i][p].mean, 1e-12);
        EXPECT_NEAR(forward[i][p].deviation, turned[3 - i][p].deviation, 1e-12);
      }
    }
  }
}

TEST(WengLin, StaysFiniteWhereTheTailsEnd) {
  for (auto rule : {kPL, kTM}) {
    for (const std::vector<uint32_t>& ranks : {std::vector<uint32_t>{1, 2}, {2, 1}, {1, 1}}) {
      const Players after = rated(rule, {{{-4000, 1}}, {{4000, 1}}}, ranks, {});
      for (const auto& team : after) {
        EXPECT_TRUE(std::isfinite(team[0].mean)) << ranks[0];
        EXPECT_GT(team[0].deviation, 0) << ranks[0];
      }
    }
  }
}

TEST(WengLin, RefusesWhatMeansNothing) {
  std::vector<Gaussian> good(1), bad = {{25, 0}}, none;
  auto field = [&](std::vector<Gaussian>& other, WengLinOptions options = {}) {
    const WengLinTeam teams[] = {{good, 1, 0}, {other, 2, 0}};
    return rate_weng_lin_checked(kPL, teams, options).error().field;
  };
  EXPECT_EQ(field(none), "players");
  EXPECT_EQ(field(bad), "deviation");
  bad[0] = {NAN, 8};
  EXPECT_EQ(field(bad), "mean");
  bad[0] = {};
  EXPECT_EQ(field(bad, {.beta = 0}), "options");
  EXPECT_EQ(rate_weng_lin_checked(kPL, {}, {}).error().field, "teams");
}

}  // namespace
}  // namespace gamekeeper::play::ratings
