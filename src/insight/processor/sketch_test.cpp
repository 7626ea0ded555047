#include "insight/processor/sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "insight/processor/intervals.h"

namespace gamekeeper {
namespace {

TEST(Sketch, QuantilesAreWithinOnePercent) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 20; ++round) {
    std::lognormal_distribution<double> size(round - 10, 1 + round % 4);
    std::vector<double> values;
    Sketch sketch;
    for (int i = 0; i < 999; ++i) {
      const double x = (random() % 5 == 0 ? -1 : 1) * (random() % 20 == 0 ? 0 : size(random));
      values.push_back(x);
      sketch.add(x);
    }
    std::sort(values.begin(), values.end());
    for (double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
      const double exact = values[static_cast<size_t>(q * 998)];
      EXPECT_NEAR(*sketch.quantile(q), exact, std::abs(exact) * 0.0100001 + 1e-9) << q;
    }
  }
}

TEST(Sketch, TakesExtremesAndIgnoresWhatIsNoNumber) {
  for (double x : {1e-9, 2e-9, 1e300, std::numeric_limits<double>::max(), -1e300, -1e-9}) {
    Sketch sketch;
    sketch.add(x);
    EXPECT_NEAR(*sketch.quantile(0.5) / x, 1, 0.0100001) << x;
  }
  Sketch sketch;
  sketch.add(std::numeric_limits<double>::infinity());
  sketch.add(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(sketch.empty());
  EXPECT_FALSE(sketch.quantile(0.5));
}

TEST(Sketch, RemovingUndoesAdding) {
  Sketch sketch, change;
  sketch.add(3), sketch.add(-7), sketch.add(0, 4);
  const Sketch before = sketch;
  change.add(3, -1), change.add(12, 1);
  sketch.merge(change);
  EXPECT_EQ(
      *sketch.quantile(1),
      *[] {
        Sketch s;
        s.add(12);
        return s;
      }()
           .quantile(1));
  sketch.remove(12), sketch.add(3);
  EXPECT_EQ(sketch, before);
  EXPECT_EQ(Sketch::decode(sketch.encode()), before);
}

TEST(Sketch, RefusesWhatIsNotASketch) {
  Sketch sketch;
  for (int i = 1; i < 50; ++i) sketch.add(i);
  const std::string bytes = sketch.encode();
  for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(Sketch::decode(bytes.substr(0, n)));
  EXPECT_FALSE(Sketch::decode(bytes + "x"));
}

TEST(Intervals, ReportWhatIsNewAndStayApart) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    processor::Intervals<int64_t> set;
    std::vector<bool> truth(60);
    for (int i = 0; i < 12; ++i) {
      const auto from = static_cast<int64_t>(random() % 50);
      const auto to = from + static_cast<int64_t>(random() % 10);
      std::vector<bool> fresh(60);
      set.add(from, to, [&](int64_t a, int64_t b) {
        EXPECT_LE(a, b);
        for (int64_t n = a; n <= b; ++n) fresh[static_cast<size_t>(n)] = true;
      });
      for (int64_t n = 0; n < 60; ++n) {
        const auto at = static_cast<size_t>(n);
        EXPECT_EQ(fresh[at], n >= from && n <= to && !truth[at]);
        if (n >= from && n <= to) truth[at] = true;
        EXPECT_EQ(set.contains(n), truth[at]);
      }
      for (size_t k = 1; k < set.all().size(); ++k) EXPECT_GT(set.all()[k].first, set.all()[k - 1].second + 1);
    }
  }
}

}  // namespace
}  // namespace gamekeeper
