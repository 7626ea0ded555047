#include "load/latencies.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace gamekeeper::bench {
namespace {

TEST(Latencies, QuantilesAreWithinOnePercentOfTheSortedValues) {
  std::mt19937_64 random{3};
  std::lognormal_distribution<double> shape(13, 2);  // around half a millisecond, with a long tail
  Latencies counted;
  std::vector<int64_t> all;
  for (int i = 0; i < 50'000; ++i) {
    all.push_back(static_cast<int64_t>(shape(random)));
    counted.add(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double truth = static_cast<double>(all[static_cast<size_t>(q * 50'000) - 1]) / 1e6;
    EXPECT_NEAR(counted.quantile_ms(q), truth, truth * 0.011) << q;
  }
  EXPECT_DOUBLE_EQ(counted.max_ms(), static_cast<double>(all.back()) / 1e6);
  EXPECT_EQ(counted.count(), 50'000u);
}

TEST(Latencies, NothingCountedIsZero) { EXPECT_EQ(Latencies().quantile_ms(0.99), 0); }

}  // namespace
}  // namespace gamekeeper::bench
