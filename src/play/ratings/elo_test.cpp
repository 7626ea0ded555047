#include "play/ratings/elo.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gamekeeper::play::ratings {
namespace {

TEST(Elo, TheLevelGameMovesHalfOfK) {
  auto moved = update_elo(1000, 1000, 1);
  ASSERT_TRUE(moved);
  EXPECT_DOUBLE_EQ(moved->a, 1016);
  EXPECT_DOUBLE_EQ(moved->b, 984);
}

TEST(Elo, FourHundredPointsAreTenToOne) {
  EXPECT_NEAR(elo_expectation(1900, 1500), 10.0 / 11, 1e-15);
  EXPECT_NEAR(elo_expectation(1900, 1500) + elo_expectation(1500, 1900), 1, 1e-15);
}

TEST(Elo, PointsAreConservedAndBounded) {
  for (double gap = -2000; gap <= 2000; gap += 37) {
    for (double score : {0.0, 0.5, 1.0}) {
      const EloPair moved = *update_elo(1500 + gap, 1500, score, 24);
      EXPECT_NEAR(moved.a + moved.b, 3000 + gap, 1e-9);
      EXPECT_LE(std::abs(moved.a - 1500 - gap), 24);
      EXPECT_GE((moved.a - 1500 - gap) * (score - elo_expectation(1500 + gap, 1500)), 0);
    }
  }
}

TEST(Elo, WholeNumbersChangeAlikeOnBothSides) {
  EXPECT_EQ(*calculate_rating_change(1500, 1500, 1.0), 16);
  EXPECT_EQ(*calculate_rating_change(1500, 1500, 0.5), 0);
  EXPECT_EQ(*calculate_rating_change(1500, 1900, 1.0), 29);
  for (int gap = -900; gap <= 900; gap += 13) {
    for (double outcome : {0.0, 0.5, 1.0}) {
      EXPECT_EQ(*calculate_rating_change(1500 + gap, 1500, outcome),
                -*calculate_rating_change(1500, 1500 + gap, 1 - outcome))
          << gap;
    }
  }
}

TEST(Elo, RefusesWhatMeansNothing) {
  EXPECT_EQ(update_elo(NAN, 1500, 1).error().field, "rating");
  EXPECT_EQ(update_elo(1500, INFINITY, 1).error().field, "rating");
  EXPECT_EQ(update_elo(1500, 1500, 1.01).error().field, "outcome");
  EXPECT_EQ(update_elo(1500, 1500, NAN).error().field, "outcome");
  EXPECT_EQ(update_elo(1500, 1500, 1, 0).error().field, "k");
  EXPECT_EQ(calculate_rating_change(1500, 1500, -1).error().kind, ErrorKind::kInvalid);
}

TEST(Elo, NewcomersMoveMore) {
  EXPECT_NEAR(decaying_k(0), 131.3, 0.1);
  EXPECT_NEAR(decaying_k(95), 39.6, 0.1);
}

}  // namespace
}  // namespace gamekeeper::play::ratings
