#include "play/matchmaking/wait_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <random>

namespace gamekeeper::play {
namespace {

/// Plays one ticket through the table, tick by tick, as a matchmaker sees it.
void live(WaitTable& table, double rating, double wait, double tick = 0.25) {
  for (double age = tick; age < wait + tick; age += tick) table.observe(rating, age, tick, age >= wait);
}

TEST(WaitTable, SaysThePriorBeforeItKnows) {
  const WaitTable table;
  EXPECT_EQ(table.estimate(1500, 0, 60).seconds, 60);
  EXPECT_EQ(table.estimate(1500, 0, 60).error, 60);
}

TEST(WaitTable, LearnsAnExponentialWait) {
  std::mt19937_64 chance(1);
  std::exponential_distribution<double> wait(1.0 / 10);
  WaitTable table;
  for (int i = 0; i < 4000; ++i) live(table, 1500, wait(chance));
  EXPECT_NEAR(table.estimate(1500, 0, 60).seconds, 10 * std::log(2.0), 0.8);
  EXPECT_NEAR(table.estimate(1500, 20, 60).seconds, 10 * std::log(2.0), 1.5) << "it has no memory";
  EXPECT_NEAR(table.estimate(1500, 0, 60).error, 10 * (std::log(10) - std::log(10 / 9.0)) / 2, 1.5);
}

TEST(WaitTable, CoversEightOfTen) {
  std::mt19937_64 chance(2);
  std::exponential_distribution<double> wait(1.0 / 15);
  WaitTable table;
  for (int i = 0; i < 4000; ++i) live(table, 1500, wait(chance));
  const WaitEstimate told = table.estimate(1500, 0, 60);
  double low = 15 * -std::log(0.9), inside = 0;
  for (int i = 0; i < 4000; ++i) {
    const double w = wait(chance);
    inside += w >= low && w <= low + 2 * told.error;
  }
  EXPECT_NEAR(inside / 4000, 0.8, 0.05);
}

TEST(WaitTable, TellsBandsApartAndLendsToThoseWithLittle) {
  WaitTable table;
  for (int i = 0; i < 300; ++i) live(table, 1500, 4);
  for (int i = 0; i < 300; ++i) live(table, 2300, 40);
  EXPECT_LT(table.estimate(1500, 0, 60).seconds, 8);
  EXPECT_GT(table.estimate(2300, 0, 60).seconds, 25);
  const double unknown = table.estimate(900, 0, 60).seconds;
  EXPECT_GT(unknown, table.estimate(1500, 0, 60).seconds);
  EXPECT_LT(unknown, table.estimate(2300, 0, 60).seconds);
}

TEST(WaitTable, CountsThoseWhoStillWait) {
  // Ten are matched at once; ten wait a minute and are not: the median of the matched alone would be a second.
  WaitTable table;
  for (int i = 0; i < 10; ++i) live(table, 1500, 1);
  for (int i = 0; i < 10; ++i) {
    for (double age = 0.25; age < 60; age += 0.25) table.observe(1500, age, 0.25, false);
  }
  EXPECT_GT(table.estimate(1500, 2, 60).seconds, 40);
}

TEST(WaitTable, Forgets) {
  WaitTable table;
  for (int i = 0; i < 300; ++i) live(table, 1500, 4);
  table.fade(WaitTable::kHalfLifeSeconds * 5);
  for (int i = 0; i < 300; ++i) live(table, 1500, 30);
  EXPECT_GT(table.estimate(1500, 0, 60).seconds, 20);
  table.fade(WaitTable::kHalfLifeSeconds * 30);
  EXPECT_FALSE(table.knows_anything());
}

TEST(WaitTable, IsKeptAsJson) {
  WaitTable table;
  for (int i = 0; i < 30; ++i) live(table, 1500 + 40 * i, 3 + i);
  const auto text = boost::json::serialize(table.to_json());
  const WaitTable again = WaitTable::from_json(boost::json::parse(text).as_object());
  for (double rating : {800.0, 1500.0, 2600.0}) {
    EXPECT_NEAR(again.estimate(rating, 5, 60).seconds, table.estimate(rating, 5, 60).seconds, 0.01);
  }
  EXPECT_FALSE(WaitTable::from_json({{"cells", boost::json::array{1, 2}}}).knows_anything());
}

}  // namespace
}  // namespace gamekeeper::play
