#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "events/event.h"
#include "ports/event_log.h"
#include "tests/support/run_task.h"

namespace gamekeeper::contract {

/// A log under test: `open` opens it (again), on the same storage each time.
struct LogUnderTest {
  virtual ~LogUnderTest() = default;
  virtual std::unique_ptr<ports::EventLog> open() = 0;
};
using LogFactory = std::function<std::unique_ptr<LogUnderTest>()>;

inline ports::PartitionBatch batch_of(ports::Partition partition, const std::vector<std::string>& names) {
  ports::PartitionBatch batch{.partition = partition, .rows = {}, .count = 0};
  for (const std::string& name : names) {
    events::EventView e;
    e.app = "demo";
    e.key = "k";
    e.name = name;
    e.player_id = "p";
    e.id.bytes[0] = 1;
    e.received_at = e.time = 1'780'000'000'000;
    e.properties = R"({"a":1})";
    events::append_row(batch.rows, e);
    ++batch.count;
  }
  return batch;
}

inline std::vector<std::string> names_of(const std::string& rows) {
  std::vector<std::string> names;
  events::RowReader reader(rows);
  for (events::EventView e; reader.next(e);) names.emplace_back(e.name);
  EXPECT_FALSE(reader.corrupt());
  return names;
}

class EventLogContract : public testing::TestWithParam<LogFactory> {
 protected:
  void SetUp() override {
    storage_ = GetParam()();
    log_ = storage_->open();
  }
  std::vector<ports::AppendOutcome> append(std::vector<ports::PartitionBatch> batches) {
    return gamekeeper::test::run(log_->append(std::move(batches)));
  }
  ports::Position append_names(ports::Partition partition, const std::vector<std::string>& names) {
    auto outcomes = append({batch_of(partition, names)});
    EXPECT_TRUE(outcomes.at(0)) << outcomes.at(0).error().message;
    return outcomes.at(0).value_or(ports::Position{});
  }
  /// Everything from `from` on until `count` events have come, or five seconds have passed.
  std::vector<std::string> read(ports::Partition partition, ports::Position from, size_t count,
                                size_t bytes_max = 1 << 20) {
    return gamekeeper::test::run(read_task(partition, from, count, bytes_max));
  }
  Task<std::vector<std::string>> read_task(ports::Partition partition, ports::Position from, size_t count,
                                           size_t bytes_max) {
    std::vector<std::string> names;
    auto reader = co_await log_->open(partition, from);
    EXPECT_TRUE(reader);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (reader && names.size() < count && std::chrono::steady_clock::now() < deadline) {
      auto chunk = co_await (*reader)->next(bytes_max, deadline);
      EXPECT_TRUE(chunk) << chunk.error().message;
      if (!chunk) break;
      auto more = names_of(chunk->rows);
      EXPECT_EQ(more.size(), chunk->count);
      names.insert(names.end(), more.begin(), more.end());
    }
    co_return names;
  }

  std::unique_ptr<LogUnderTest> storage_;
  std::unique_ptr<ports::EventLog> log_;
};

using Names = std::vector<std::string>;

TEST_P(EventLogContract, ReadsBackWhatWasAppendedInOrder) {
  const auto first = append_names(0, {"a", "b"});
  append_names(0, {"c"});
  EXPECT_EQ(read(0, first, 3), (Names{"a", "b", "c"}));
  EXPECT_EQ(read(0, ports::Position{}, 3), (Names{"a", "b", "c"}));
}

TEST_P(EventLogContract, StartsInTheMiddleOfABatch) {
  const auto first = append_names(0, {"a", "b", "c", "d"});
  gamekeeper::test::run([](ports::EventLog& log, ports::Position from) -> Task<void> {
    auto reader = co_await log.open(0, from);
    auto chunk = co_await (*reader)->next(1, std::chrono::steady_clock::now() + std::chrono::seconds(5));
    EXPECT_TRUE(chunk);
    auto again = co_await log.open(0, chunk->next);
    EXPECT_TRUE(again);
  }(*log_, first));
  EXPECT_EQ(read(0, ports::Position{first.value + 2}, 2), (Names{"c", "d"}));
}

TEST_P(EventLogContract, PartitionsAreApartAndEachHasItsOutcome) {
  auto outcomes = append({batch_of(0, {"x"}), batch_of(1, {"y"}), batch_of(9999, {"z"})});
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_TRUE(outcomes[0]);
  EXPECT_TRUE(outcomes[1]);
  EXPECT_FALSE(outcomes[2]);
  EXPECT_EQ(read(1, ports::Position{}, 1), (Names{"y"}));
}

TEST_P(EventLogContract, KeepsEverythingOverAReopen) {
  append_names(0, {"a", "b"});
  log_.reset();
  log_ = storage_->open();
  append_names(0, {"c"});
  EXPECT_EQ(read(0, ports::Position{}, 3), (Names{"a", "b", "c"}));
}

TEST_P(EventLogContract, BoundsGrowAndTellTheDistance) {
  auto before = gamekeeper::test::run(log_->bounds(0));
  ASSERT_TRUE(before);
  append_names(0, {"a", "b", "c"});
  auto after = gamekeeper::test::run(log_->bounds(0));
  ASSERT_TRUE(after);
  EXPECT_EQ(log_->distance(before->next, after->next), 3u);
  EXPECT_EQ(log_->distance(ports::Position{}, after->next), 3u);
}

TEST_P(EventLogContract, ReaderWaitsForNewEventsAndGivesUpAtTheDeadline) {
  append_names(0, {"a"});
  gamekeeper::test::run([](ports::EventLog& log) -> Task<void> {
    auto reader = co_await log.open(0, ports::Position{});
    auto deadline = [](int ms) { return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms); };
    auto first = co_await (*reader)->next(1 << 20, deadline(5000));
    EXPECT_TRUE(first);
    EXPECT_EQ(first->count, 1u);
    auto nothing = co_await (*reader)->next(1 << 20, deadline(100));
    EXPECT_TRUE(nothing);
    EXPECT_EQ(nothing->count, 0u);
    EXPECT_EQ(nothing->next, first->next);
    std::thread later([&log] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      auto outcome = gamekeeper::test::run(log.append({batch_of(0, {"late"})}));
      EXPECT_TRUE(outcome.at(0));
    });
    auto second = co_await (*reader)->next(1 << 20, deadline(5000));
    later.join();
    EXPECT_TRUE(second);
    EXPECT_EQ(names_of(second->rows), (Names{"late"}));
  }(*log_));
}

TEST_P(EventLogContract, TrimForgetsNothingFromTheFloorOn) {
  std::vector<ports::Position> firsts;
  for (int i = 0; i < 6; ++i) firsts.push_back(append_names(0, {"a" + std::to_string(i), "b" + std::to_string(i)}));
  auto nothing = gamekeeper::test::run(log_->trim(0, {}));
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_EQ(nothing->forgotten, 0u);
  EXPECT_EQ(nothing->first, gamekeeper::test::run(log_->bounds(0))->first);
  EXPECT_EQ(log_->distance(ports::Position{}, nothing->first), 0u) << "without a floor nothing goes";

  auto trimmed = gamekeeper::test::run(log_->trim(0, {.before = firsts[3], .bytes_max = 0}));
  ASSERT_TRUE(trimmed) << trimmed.error().message;
  EXPECT_LE(trimmed->first, firsts[3]);
  EXPECT_EQ(trimmed->first, gamekeeper::test::run(log_->bounds(0))->first);
  EXPECT_EQ(log_->distance(ports::Position{}, trimmed->first), trimmed->forgotten);
  EXPECT_EQ(read(0, firsts[3], 6), (Names{"a3", "b3", "a4", "b4", "a5", "b5"}));
  const auto all = read(0, ports::Position{}, 12 - trimmed->forgotten);
  EXPECT_EQ(all.size(), 12 - trimmed->forgotten) << "from nowhere: what is left, without a hole";
  if (trimmed->forgotten > 0) {
    auto gone = gamekeeper::test::run(log_->open(0, firsts[0]));
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, "trimmed");
  }
  append_names(0, {"c"});
  EXPECT_EQ(read(0, firsts[5], 3), (Names{"a5", "b5", "c"}));
}

TEST_P(EventLogContract, TrimmingAPartitionThatIsNotThereIsRefused) {
  auto refused = gamekeeper::test::run(log_->trim(9999, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "bad_partition");
}

TEST_P(EventLogContract, ManyWritersLoseAndMixNothing) {
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([this, w] {
      for (int i = 0; i < 50; ++i) {
        Names names;
        for (int n = 0; n < 20; ++n) names.push_back("w" + std::to_string(w) + "." + std::to_string(i * 20 + n));
        auto outcome = gamekeeper::test::run(log_->append({batch_of(0, names)}));
        EXPECT_TRUE(outcome.at(0));
      }
    });
  }
  for (auto& writer : writers) writer.join();
  const Names all = read(0, ports::Position{}, 4000, 64 << 10);
  ASSERT_EQ(all.size(), 4000u);
  std::vector<int> next(4, 0);
  for (const std::string& name : all) {
    const int w = name[1] - '0';
    EXPECT_EQ(name, "w" + std::to_string(w) + "." + std::to_string(next[static_cast<size_t>(w)]++));
  }
}

}  // namespace gamekeeper::contract
