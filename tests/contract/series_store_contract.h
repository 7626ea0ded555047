#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/series_store.h"
#include "tests/support/run_task.h"

namespace gamekeeper::contract {

struct SeriesUnderTest {
  virtual ~SeriesUnderTest() = default;
  virtual std::unique_ptr<ports::SeriesStore> open() = 0;
};
using SeriesFactory = std::function<std::unique_ptr<SeriesUnderTest>()>;

class SeriesStoreContract : public testing::TestWithParam<SeriesFactory> {
 protected:
  void SetUp() override {
    storage_ = GetParam()();
    store_ = storage_->open();
  }
  ports::Claim claim(ports::Partition partition) {
    auto claim = gamekeeper::test::run(store_->claim(partition, "test"));
    EXPECT_TRUE(claim) << claim.error().message;
    return claim.value_or(ports::Claim{});
  }
  Result<void> commit(const ports::Claim& claim, uint64_t position, std::vector<ports::Cell> cells) {
    return gamekeeper::test::run(store_->commit(claim, ports::Position{position}, cells));
  }
  std::vector<std::string> scan(ports::CellRange range) {
    std::vector<std::string> out;
    auto ok = gamekeeper::test::run(store_->scan(range, [&](const ports::CellView& cell) {
      out.push_back(std::string(cell.key) + "@" + std::to_string(cell.bucket) + "=" + std::string(cell.value));
      return true;
    }));
    EXPECT_TRUE(ok);
    return out;
  }
  std::unique_ptr<SeriesUnderTest> storage_;
  std::unique_ptr<ports::SeriesStore> store_;
};

TEST_P(SeriesStoreContract, CellsAndPositionAreOneCommit) {
  auto mine = claim(0);
  EXPECT_EQ(mine.position, ports::Position{});
  ASSERT_TRUE(commit(mine, 7, {{{1, "a", 5}, "x"}, {{1, "b", 5}, "y"}}));
  store_.reset();
  store_ = storage_->open();
  auto again = claim(0);
  EXPECT_EQ(again.position, ports::Position{7});
  EXPECT_GT(again.epoch, mine.epoch);
  EXPECT_EQ(scan({.table = 1, .key_from = "a", .key_to = "c"}), (std::vector<std::string>{"a@5=x", "b@5=y"}));
}

TEST_P(SeriesStoreContract, WhatIsDurableIsNeverAheadAndCatchesUpAtAClaim) {
  auto durable = [&] {
    auto states = gamekeeper::test::run(store_->states());
    EXPECT_TRUE(states && states->size() == 1);
    EXPECT_LE(states->front().durable, states->front().position);
    return states->front().durable;
  };
  auto mine = claim(0);
  EXPECT_EQ(durable(), ports::Position{});
  ports::Position last;
  for (uint64_t position = 1; position <= 20; ++position) {
    ASSERT_TRUE(commit(mine, position, {{{1, "a", 5}, "x"}}));
    EXPECT_GE(durable(), last) << "what is durable is not taken back";
    last = durable();
  }
  claim(0);  // whoever claims makes durable what it finds
  EXPECT_EQ(durable(), ports::Position{20});
  store_.reset();
  store_ = storage_->open();
  EXPECT_EQ(durable(), ports::Position{}) << "who has no claim does not know";
}

TEST_P(SeriesStoreContract, PutsReplaceAndEmptyValuesDelete) {
  auto mine = claim(0);
  ASSERT_TRUE(commit(mine, 1, {{{1, "a", 1}, "x"}, {{1, "a", 2}, "y"}}));
  ASSERT_TRUE(commit(mine, 2, {{{1, "a", 1}, "z"}, {{1, "a", 2}, ""}}));
  EXPECT_EQ(scan({.table = 1, .key_from = "a"}), (std::vector<std::string>{"a@1=z"}));
}

TEST_P(SeriesStoreContract, ShortRangesReadAgainShowEveryCommit) {
  constexpr int64_t kHour = 3'600'000, kMinute = 60'000;
  auto mine = claim(0);
  const auto read = [&](int64_t from, int64_t to) {
    return scan({.table = 1, .key_from = "a", .bucket_from = from, .bucket_to = to});
  };
  EXPECT_TRUE(read(0, kHour).empty());
  for (uint64_t n = 1; n <= 50; ++n) {
    const int64_t bucket = static_cast<int64_t>(n % 7) * 20 * kMinute;
    const std::string value = n % 11 == 0 ? "" : std::to_string(n);
    ASSERT_TRUE(commit(mine, n, {{{1, "a", bucket}, value}, {{1, "b", bucket}, "other"}, {{2, "a", bucket}, "other"}}));
    const std::vector<std::string> expected =
        value.empty() ? std::vector<std::string>{} : std::vector{"a@" + std::to_string(bucket) + "=" + value};
    EXPECT_EQ(read(bucket, bucket + 1), expected);
    EXPECT_EQ(read(bucket - kMinute, bucket + kMinute), expected);
  }
  EXPECT_EQ(read(-kHour, 3 * kHour).size(), 6u);
  EXPECT_EQ(read(20 * kMinute, 60 * kMinute).size(), read(20 * kMinute, 60 * kMinute - 1).size());
}

TEST_P(SeriesStoreContract, ShortRangesOfLargeCellsAreWhole) {
  auto mine = claim(0);
  std::vector<ports::Cell> cells;
  for (int64_t n = 0; n < 40; ++n) cells.push_back({{1, "a", n * 60'000}, std::string(20'000, 'x')});
  ASSERT_TRUE(commit(mine, 1, std::move(cells)));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(scan({.table = 1, .key_from = "a", .bucket_from = 0, .bucket_to = 3'600'000}).size(), 40u);
    EXPECT_EQ(scan({.table = 1, .key_from = "a", .bucket_from = 600'000, .bucket_to = 1'200'000}).size(), 10u);
  }
}

TEST_P(SeriesStoreContract, AnOlderClaimIsFenced) {
  auto old = claim(0);
  ASSERT_TRUE(commit(old, 1, {{{1, "a", 1}, "x"}}));
  auto now = claim(0);
  auto refused = commit(old, 2, {{{1, "a", 1}, "wrong"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(commit(now, 2, {{{1, "b", 1}, "y"}}));
  EXPECT_EQ(scan({.table = 1, .key_from = "a", .key_to = "c"}), (std::vector<std::string>{"a@1=x", "b@1=y"}));
}

TEST_P(SeriesStoreContract, ScansRangesInOrderOverPartitions) {
  ASSERT_TRUE(
      commit(claim(0), 1, {{{2, "k", 3}, "c"}, {{2, "k", 1}, "a"}, {{2, "k", 2}, "b"}, {{3, "k", 1}, "other"}}));
  ASSERT_TRUE(commit(claim(1), 1, {{{2, "k", 2}, "q"}, {{2, "l", 2}, "r"}}));
  EXPECT_EQ(scan({.table = 2, .key_from = "k", .bucket_from = 2, .bucket_to = 4}),
            (std::vector<std::string>{"k@2=b", "k@3=c", "k@2=q"}));
  EXPECT_EQ(scan({.table = 2, .key_from = "k", .key_to = "l"}).size(), 4u);
}

TEST_P(SeriesStoreContract, GetsManyAtOnceInTheirOrder) {
  auto mine = claim(0);
  ASSERT_TRUE(commit(mine, 1, {{{1, std::string("\0k", 2), -5}, std::string("\0v", 2)}, {{1, "a", 0}, "x"}}));
  std::vector<ports::CellKey> keys{{1, "none", 0}, {1, std::string("\0k", 2), -5}, {1, "a", 0}};
  auto got = gamekeeper::test::run(store_->get(0, keys));
  ASSERT_TRUE(got);
  EXPECT_FALSE((*got)[0]);
  EXPECT_EQ((*got)[1], std::string("\0v", 2));
  EXPECT_EQ((*got)[2], "x");
}

TEST_P(SeriesStoreContract, StatesTellPositionAndCommits) {
  auto mine = claim(0);
  ASSERT_TRUE(commit(mine, 4, {}));
  auto before = gamekeeper::test::run(store_->states());
  ASSERT_TRUE(commit(mine, 9, {}));
  auto after = gamekeeper::test::run(store_->states());
  ASSERT_TRUE(before && after);
  ASSERT_EQ(after->size(), 1u);
  EXPECT_EQ((*after)[0].position, ports::Position{9});
  EXPECT_GT((*after)[0].commits, (*before)[0].commits);
}

}  // namespace gamekeeper::contract
