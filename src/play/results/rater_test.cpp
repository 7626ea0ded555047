#include "play/results/rater.h"

#include <gtest/gtest.h>

#include <random>

#include "play/ratings/model.h"

namespace gamekeeper::play {
namespace {

constexpr size_t kPeople = 12;
constexpr double kDayMs = 86'400'000;

/// The same random matches of one shape through the rater and through the model of that name, which keeps its players in
/// tables of its own: both show the same, as far as Elo-MM's search goes.
void agree(const char* name, size_t teams, size_t members) {
  std::mt19937 dice(42);
  auto model = ratings::Model::make(name);
  ASSERT_TRUE(model);
  model->grow(kPeople, 0);
  std::vector<PlayerRating> shown(kPeople);
  Rater rater;
  UnixMillis now = 1'700'000'000'000;
  for (int n = 0; n < 300; ++n) {
    now += static_cast<int64_t>(dice() % 20) * 43'200'000;
    std::vector<uint32_t> order(kPeople);
    for (uint32_t i = 0; i < kPeople; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), dice);
    Match match{.time = now, .settled_at = now};
    std::vector<PlayerRating*> seats;
    std::vector<std::vector<ratings::Member>> seen(teams);
    std::vector<ratings::Team> sides;
    for (size_t t = 0; t < teams; ++t) {
      MatchTeam& team = match.result.teams.emplace_back(MatchTeam{.rank = 1 + static_cast<uint32_t>(dice() % teams)});
      for (size_t m = 0; m < members; ++m) {
        team.players.push_back({.id = std::to_string(order.back())});
        seats.push_back(&shown[order.back()]);
        seen[t].push_back({.player = order.back()});
        order.pop_back();
      }
      sides.push_back({.members = seen[t], .rank = team.rank});
    }
    rater.apply(match, seats);
    std::vector<double> strengths(teams);
    model->learn({.day = static_cast<double>(now) / kDayMs, .teams = sides}, strengths);
    for (uint32_t i = 0; i < kPeople; ++i) {
      ASSERT_NEAR(shown[i].mean, model->shown(i).mean, 1e-4) << name << " match " << n;
      ASSERT_NEAR(shown[i].deviation, model->shown(i).deviation, 1e-4) << name << " match " << n;
    }
  }
}

TEST(Rater, DuelsAreGlickos) { agree("glicko2", 2, 1); }
TEST(Rater, TeamsArePlackettLuces) {
  agree("plackett-luce", 2, 2);
  agree("plackett-luce", 3, 3);
}
TEST(Rater, FieldsAreEloMms) {
  agree("elo-mm", 3, 1);
  agree("elo-mm", 8, 1);
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
