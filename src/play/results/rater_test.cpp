#include "play/results/rater.h"

#include <gtest/gtest.h>

#include <random>

#include "play/ratings/model.h"

namespace gamekeeper::play {
namespace {

constexpr size_t kPeople = 12;
constexpr double kDayMs = 86'400'000;

/// The same random matches through the rater, by these rules, and through the model of that name, which keeps its players
/// in tables of its own. `sizes` are those of a match's teams.
void agree(const RatingRules& rules, const char* name, const std::vector<size_t>& sizes) {
  std::mt19937 dice(42);
  auto model = ratings::Model::make(name);
  ASSERT_TRUE(model);
  model->grow(kPeople, 0);
  std::vector<PlayerRating> shown(kPeople);
  // Elo-MM finds its roots to 1e-7 of the widest scale, from numbers that differ in their last digits.
  const double near = std::string_view(name) == "elo-mm" ? 1e-4 : 1e-6;
  Rater rater(rules);
  UnixMillis now = 1'700'000'000'000;
  for (int n = 0; n < 300; ++n) {
    now += static_cast<int64_t>(dice() % 20) * 43'200'000;
    std::vector<uint32_t> order(kPeople);
    for (uint32_t i = 0; i < kPeople; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), dice);
    Match match{.time = now, .settled_at = now};
    std::vector<PlayerRating*> seats;
    std::vector<std::vector<ratings::Member>> seen(sizes.size());
    std::vector<ratings::Team> sides;
    for (size_t t = 0; t < sizes.size(); ++t) {
      MatchTeam& team =
          match.result.teams.emplace_back(MatchTeam{.rank = 1 + static_cast<uint32_t>(dice() % sizes.size())});
      for (size_t m = 0; m < sizes[t]; ++m) {
        team.players.push_back({.id = std::to_string(order.back())});
        seats.push_back(&shown[order.back()]);
        seen[t].push_back({.player = order.back()});
        order.pop_back();
      }
      sides.push_back({.members = seen[t], .rank = team.rank});
    }
    rater.apply(match, seats);
    std::vector<double> strengths(sizes.size());
    model->learn({.day = static_cast<double>(now) / kDayMs, .teams = sides}, strengths);
    for (uint32_t i = 0; i < kPeople; ++i) {
      ASSERT_NEAR(shown[i].mean, model->shown(i).mean, near) << name << " match " << n;
      if (shown[i].games() > 0)
        ASSERT_NEAR(shown[i].deviation, model->shown(i).deviation, near) << name << " match " << n;
    }
  }
}

TEST(Rater, DuelsAreGlickos) { agree({}, "glicko2", {1, 1}); }
TEST(Rater, TeamsArePlackettLuces) {
  agree({}, "plackett-luce", {2, 2});
  agree({}, "plackett-luce", {3, 2, 4});
}
TEST(Rater, FieldsAreEloMms) {
  agree({}, "elo-mm", {1, 1, 1});
  agree({}, "elo-mm", std::vector<size_t>(8, 1));
}

TEST(Rater, EverySystemIsTheModelOfItsName) {
  for (std::string_view name : ratings::ShownSystem::names()) {
    for (const std::vector<size_t>& sizes : {std::vector<size_t>{1, 1}, {2, 3}, {1, 1, 1, 1}, {3, 1, 2}})
      agree({.system = std::string(name)}, std::string(name).c_str(), sizes);
  }
}

Match duel_at(UnixMillis time, uint32_t rank_a = 1, uint32_t rank_b = 2) {
  return {.result = {.teams = {{.rank = rank_a, .players = {{.id = "a"}}}, {.rank = rank_b, .players = {{.id = "b"}}}}},
          .time = time,
          .settled_at = time};
}

TEST(Rater, KIsTheLargestMove) {
  PlayerRating a, b;
  PlayerRating* const seats[] = {&a, &b};
  Match match = duel_at(1);
  Rater({.system = "elo", .k_factor = 20}).apply(match, seats);
  EXPECT_EQ(a.mean, 1510);
  EXPECT_EQ(b.mean, 1490);
  EXPECT_EQ(a.deviation, 0);
  Rater::reset(a, 0.5, 2);
  EXPECT_EQ(a.mean, 1505);
  EXPECT_EQ(a.deviation, 0);
}

TEST(Rater, AWiderBetaMovesLess) {
  for (const char* name : {"plackett-luce", "thurstone-mosteller", "elo-mm"}) {
    PlayerRating usual, wide, other, another;
    Match match = duel_at(1), again = match;
    PlayerRating* const seats[] = {&usual, &other};
    PlayerRating* const others[] = {&wide, &another};
    Rater({.system = name}).apply(match, seats);
    Rater({.system = name, .beta = 600}).apply(again, others);
    EXPECT_GT(usual.mean, wide.mean + 1) << name;
    EXPECT_GT(wide.mean, 1500 + 1) << name;
  }
}

TEST(Rater, WhoStaysAwayLosesPointsButNoneBelowANewcomer) {
  constexpr int64_t kDay = 86'400'000;
  const RatingRules rules{.system = "elo", .decay_after_days = 30, .decay_points_a_day = 4};
  Rater rater(rules);
  PlayerRating a, b;
  PlayerRating* const seats[] = {&a, &b};
  for (int n = 0; n < 3; ++n) {
    Match match = duel_at(n * kDay);
    rater.apply(match, seats);
  }
  const double high = a.mean, low = b.mean;
  const auto before_after = [&](int64_t day) {
    Match match = duel_at(day * kDay);
    PlayerRating c = a, d = b;
    PlayerRating* const copies[] = {&c, &d};
    rater.apply(match, copies);
    return std::pair(match.result.teams[0].players[0].before, match.result.teams[1].players[0].before);
  };
  using Shown = std::pair<int64_t, int64_t>;
  EXPECT_EQ(before_after(32), Shown(std::llround(high), std::llround(low)));  // 30 days away: none beyond them
  EXPECT_EQ(before_after(34), Shown(std::llround(high - 8), std::llround(low)));
  EXPECT_EQ(before_after(-50), Shown(std::llround(high), std::llround(low)));  // told late: no time has passed
  EXPECT_EQ(before_after(3000), Shown(1500, std::llround(low)));
}

TEST(Rater, AWinIsTheFirstPlaceAlone) {
  const std::vector<MatchTeam> teams{{.rank = 2}, {.rank = 1}, {.rank = 2}};
  EXPECT_EQ(outcome_of(teams, 1), Outcome::kWin);
  EXPECT_EQ(outcome_of(teams, 0), Outcome::kLoss);
  const std::vector<MatchTeam> shared{{.rank = 3}, {.rank = 1}, {.rank = 1}};
  EXPECT_EQ(outcome_of(shared, 2), Outcome::kDraw);
  EXPECT_EQ(outcome_of(shared, 0), Outcome::kLoss);
}

TEST(Rater, StepsAreNewestFirstAndBounded) {
  PlayerRating a, b;
  Rater rater;
  for (int n = 1; n <= 25; ++n) {
    Match match{.result = {.teams = {{.rank = 1, .players = {{.id = "a"}}}, {.rank = 2, .players = {{.id = "b"}}}}},
                .time = n,
                .settled_at = 1000 + n};
    PlayerRating* const seats[] = {&a, &b};
    rater.apply(match, seats);
  }
  ASSERT_EQ(a.steps.size(), PlayerRating::kStepsKept);
  EXPECT_EQ(a.steps.front().at, 25);
  EXPECT_EQ(a.steps.back().at, 6);
  EXPECT_EQ(a.steps.front().rating, a.shown());
  EXPECT_EQ(a.steps.front().rating - a.steps.front().change, a.steps[1].rating);
  EXPECT_EQ(a.wins, 25);
  EXPECT_EQ(b.losses, 25);
  EXPECT_EQ(a.last_settled, 1025);
}

TEST(Rater, ReachedIsWhenTheShownRatingLastMoved) {
  PlayerRating a{.mean = 4000, .deviation = 30}, b{.mean = 100, .deviation = 30};
  Rater rater;
  Match first{.result = {.teams = {{.rank = 1, .players = {{.id = "a"}}}, {.rank = 2, .players = {{.id = "b"}}}}},
              .settled_at = 10};
  PlayerRating* const seats[] = {&a, &b};
  rater.apply(first, seats);
  Match second = first;
  second.settled_at = 20;
  rater.apply(second, seats);
  EXPECT_EQ(a.shown(), 4000);  // so sure a win moves nobody
  EXPECT_EQ(a.reached, 10);
  Match upset = first;
  std::swap(upset.result.teams[0].rank, upset.result.teams[1].rank);
  upset.settled_at = 30;
  rater.apply(upset, seats);
  EXPECT_LT(a.shown(), 4000);
  EXPECT_EQ(a.reached, 30);
}

}  // namespace
}  // namespace gamekeeper::play
