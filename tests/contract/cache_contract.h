#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ports/cache.h"
#include "tests/support/run_task.h"

namespace gamekeeper::contract {

using ports::Cache;

struct CacheUnderTest {
  virtual ~CacheUnderTest() = default;
  virtual std::unique_ptr<Cache> open() = 0;  // empty
};
using CacheFactory = std::function<std::unique_ptr<CacheUnderTest>()>;

class CacheContract : public testing::TestWithParam<CacheFactory> {
 protected:
  void SetUp() override {
    storage_ = GetParam()();
    cache_ = storage_->open();
  }
  Result<void> put(std::string name, Cache::Record record, std::chrono::milliseconds keep = std::chrono::hours(1)) {
    return gamekeeper::test::run(cache_->put(std::move(name), std::move(record), keep));
  }
  std::optional<Cache::Record> get(const std::string& name) {
    auto got = gamekeeper::test::run(cache_->get(name));
    EXPECT_TRUE(got) << got.error().message;
    return got ? *got : std::nullopt;
  }
  bool remove(const std::string& name) {
    auto was_there = gamekeeper::test::run(cache_->remove(name));
    EXPECT_TRUE(was_there) << was_there.error().message;
    return was_there && *was_there;
  }
  std::unique_ptr<CacheUnderTest> storage_;
  std::unique_ptr<Cache> cache_;
};

TEST_P(CacheContract, GivesBackWhatWasPut) {
  const Cache::Record record{
      {"status", "active"}, {"rating", "1500"}, {"empty", ""}, {"bytes", std::string("\0\r\n\xff", 4)}};
  ASSERT_TRUE(put("sessions:1", record));
  EXPECT_EQ(get("sessions:1"), record);
  EXPECT_EQ(get("sessions:2"), std::nullopt);
}

TEST_P(CacheContract, ARecordTakesThePlaceOfTheOneBefore) {
  ASSERT_TRUE(put("a", {{"one", "1"}, {"two", "2"}}));
  ASSERT_TRUE(put("a", {{"two", "3"}}));
  EXPECT_EQ(get("a"), (Cache::Record{{"two", "3"}})) << "nothing of the old one stays";
}

TEST_P(CacheContract, RemovesAndSaysWhetherItWasThere) {
  ASSERT_TRUE(put("a", {{"x", "1"}}));
  EXPECT_TRUE(remove("a"));
  EXPECT_FALSE(remove("a"));
  EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(CacheContract, ForgetsAfterItsTime) {
  ASSERT_TRUE(put("short", {{"x", "1"}}, std::chrono::milliseconds(1)));
  ASSERT_TRUE(put("again", {{"x", "1"}}, std::chrono::milliseconds(1)));
  ASSERT_TRUE(put("again", {{"x", "2"}}));
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (get("short")) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  EXPECT_FALSE(remove("short"));
  EXPECT_TRUE(get("again"));
}

TEST_P(CacheContract, RefusesWhatItCannotKeep) {
  EXPECT_EQ(put("", {{"x", "1"}}).error().field, "name");
  EXPECT_EQ(put(std::string(513, 'x'), {{"x", "1"}}).error().field, "name");
  EXPECT_EQ(put("a", {}).error().field, "record");
  EXPECT_EQ(put("a", {{"x", "1"}}, std::chrono::milliseconds(0)).error().field, "keep");
  EXPECT_EQ(gamekeeper::test::run(cache_->get("")).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(put(std::string(512, 'x'), {{"x", "1"}}));
}

TEST_P(CacheContract, NobodySeesHalfARecord) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string value = std::to_string(t * 100 + i);
        EXPECT_TRUE(put("a", {{"one", value}, {"two", value}}));
        const auto seen = get("a");
        ASSERT_TRUE(seen);
        EXPECT_EQ(seen->at("one"), seen->at("two"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace gamekeeper::contract
