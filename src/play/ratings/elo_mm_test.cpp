#include "play/ratings/elo_mm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace gamekeeper::play::ratings {
namespace {

/// The same root by bisection, straight from the definition.
double by_bisection(const std::vector<EloMmEntrant>& entrants, size_t j, double beta) {
  double low = -20000, high = 20000;
  for (int step = 0; step < 80; ++step) {
    const double x = (low + high) / 2;
    double slope = 0;
    for (size_t l = 0; l < entrants.size(); ++l) {
      const double c = 1 / (std::sqrt(entrants[l].variance + beta * beta) * std::sqrt(3) / std::numbers::pi * 2);
      const double t = std::tanh((x - entrants[l].mean) * c);
      const double lean = entrants[l].rank < entrants[j].rank ? 1 : entrants[l].rank > entrants[j].rank ? -1 : 0;
      slope += c * (t + lean);
    }
    (slope < 0 ? low : high) = x;
  }
  return (low + high) / 2;
}

TEST(EloMm, PerformancesAreTheLikeliest) {
  EloMmPerformances performances(200);
  std::vector<EloMmEntrant> entrants;
  for (int i = 0; i < 23; ++i) {
    entrants.push_back(
        {1500 + 90.0 * (i % 7) - 31 * i, 100.0 * 100 + 900 * i, static_cast<uint32_t>(1 + (i * 5) % 11)});
    if (entrants.size() < 2) continue;
    const auto found = performances.find(entrants);
    for (size_t j = 0; j < entrants.size(); ++j)
      EXPECT_NEAR(found[j], by_bisection(entrants, j, 200), 1e-3) << i << " " << j;
  }
}

TEST(EloMm, BetterRanksPerformBetterAndEqualOnesAlike) {
  EloMmPerformances performances(200);
  const std::vector<EloMmEntrant> entrants = {{1500, 90000, 2}, {1900, 9000, 2}, {1200, 40000, 1}, {1700, 40000, 4}};
  const auto found = performances.find(entrants);
  EXPECT_EQ(found[0], found[1]);
  EXPECT_GT(found[2], found[0]);
  EXPECT_LT(found[3], found[0]);
}

TEST(EloMm, ManyEntrantsStayFinite) {
  EloMmPerformances performances(200);
  std::vector<EloMmEntrant> entrants(500);
  for (size_t i = 0; i < entrants.size(); ++i) entrants[i].rank = static_cast<uint32_t>(i + 1);
  const auto found = performances.find(entrants);
  EXPECT_GT(found[0], found[499]);
  for (double performance : found) EXPECT_TRUE(std::isfinite(performance));
}

}  // namespace
}  // namespace gamekeeper::play::ratings
