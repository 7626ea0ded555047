#include "gate/rate_limit.h"

#include <gtest/gtest.h>

#include <thread>

namespace gamekeeper::gate {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

int64_t granted(RateBucket& bucket, Rate rate, int64_t from, int64_t to, int64_t every) {
  int64_t n = 0;
  for (int64_t at = from; at < to; at += every) n += bucket.take(rate, 1, at) == 0;
  return n;
}

TEST(RateBucket, HoldsOneWindowThenFillsEvenly) {
  RateBucket bucket;
  const Rate rate{100, kSecond};
  EXPECT_EQ(granted(bucket, rate, kSecond, kSecond + 200, 1), 100);
  EXPECT_EQ(bucket.take(rate, 1, kSecond + 200), 10'000'000 - 200);  // a hundredth of a second from the first
  EXPECT_EQ(bucket.take(rate, 1, kSecond + 10'000'000), 0);
}

TEST(RateBucket, GrantsTheRateWithinFivePercentOverTenSeconds) {
  RateBucket bucket;
  const Rate rate{1000, kSecond};
  const int64_t n = granted(bucket, rate, kSecond, 11 * kSecond, 100'000);  // asked ten times as often
  EXPECT_NEAR(static_cast<double>(n - 1000), 10'000, 500);                  // the full bucket comes on top
}

TEST(RateBucket, LetsALargeBatchThroughWhenFullAndIsPaidBack) {
  RateBucket bucket;
  const Rate rate{10, kSecond};
  EXPECT_EQ(bucket.take(rate, 50, kSecond), 0);
  EXPECT_EQ(bucket.take(rate, 1, kSecond), 4 * kSecond + kSecond / 10);
  EXPECT_EQ(bucket.take(rate, 1, kSecond + 4 * kSecond + kSecond / 10), 0);
}

TEST(RateBucket, ARefusalTakesNothingAndGivingBackRefunds) {
  RateBucket bucket;
  const Rate rate{1, kSecond};
  EXPECT_EQ(bucket.take(rate, 1, kSecond), 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(bucket.take(rate, 1, kSecond), kSecond);
  bucket.give_back(rate, 1);
  EXPECT_EQ(bucket.take(rate, 1, kSecond), 0);
}

TEST(RateBucket, ThreadsTogetherGetNoMoreThanTheBucketHolds) {
  RateBucket bucket;
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) granted += bucket.take({1000, kSecond}, 1, kSecond) == 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(granted.load(), 1000);
}

TEST(RateTable, CallersDoNotShareABucket) {
  RateTable table;
  const Rate rate{1, kSecond};
  EXPECT_EQ(table.take("a", rate, 1, kSecond), 0);
  EXPECT_GT(table.take("a", rate, 1, kSecond), 0);
  EXPECT_EQ(table.take("b", rate, 1, kSecond), 0);
}

TEST(RateTable, AMillionCallersDoNotMakeItGrowNorFreeTheBusiest) {
  RateTable table(1 << 12);
  const Rate busy{1, 3600 * kSecond}, idle{1000, kSecond};
  EXPECT_EQ(table.take("busy", busy, 1, kSecond), 0);
  for (int i = 0; i < 1'000'000; ++i) table.take("caller " + std::to_string(i), idle, 1, kSecond + i);
  EXPECT_GT(table.take("busy", busy, 1, 2 * kSecond), 0);  // the slots that are full soonest were the ones reused
}

}  // namespace
}  // namespace gamekeeper::gate
