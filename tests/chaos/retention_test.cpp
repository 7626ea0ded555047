// What the log forgets: whole segments that every consumer has folded and that are old, or more than is to be kept.
// Restarts, replays and power losses find a log without a hole that holds all that is still needed.
#include <gtest/gtest.h>

#include <filesystem>

#include "flow/log_retention.h"
#include "tests/chaos/disk.h"
#include "tests/chaos/faults.h"
#include "tests/chaos/rows.h"
#include "tests/chaos/world.h"

namespace gamekeeper::chaos {
namespace {

using test::run;
using namespace std::chrono_literals;

// An age below zero: all that is stored is old, even what a checkpoint has touched just now.
const adapters::EmbeddedLogOptions kKeptLog{.partitions = 1,
                                            .segment_bytes = 20'000,
                                            .tail_bytes_max = 1,
                                            .checkpoint_bytes = 20'000,
                                            .checkpoint_interval = 1ms};

/// What the series store holds for certain, as the server asks for it.
Task<Result<ports::Position>> durable(ports::SeriesStore& series, ports::Partition partition) {
  auto states = co_await series.states();
  if (!states) co_return std::unexpected(states.error());
  for (const auto& state : *states) {
    if (state.partition == partition) co_return state.durable;
  }
  co_return ports::Position{};
}

flow::ConsumedUpTo folded(ports::SeriesStore& series) {
  return [&series](ports::Partition partition) { return durable(series, partition); };
}

Task<Result<ports::Position>> always(ports::Position position) { co_return position; }

flow::ConsumedUpTo at(ports::Position position) {
  return [position](ports::Partition) { return always(position); };
}

class Retention : public testing::Test {
 protected:
  Retention() : watching_(folder_.path(), none_), world_(folder_.path(), kKeptLog) {
    world_.series_sync_interval = 0ms;
    EXPECT_TRUE(world_.open());
  }

  void append(int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(world_.append(journal_, random_));
  }
  Result<void> retain(std::vector<flow::ConsumedUpTo> consumers, flow::RetentionOptions options) {
    flow::LogRetention retention(world_.log(), std::move(consumers), options, clock_);
    return run(retention.run_once());
  }
  ports::LogBounds bounds() { return *run(world_.log().bounds(0)); }
  std::vector<std::string> ids() { return read_log(world_.log(), 0)->ids; }
  /// As if what is stored now had been written so long ago.
  void age(std::chrono::hours by) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/log/p00")) {
      std::filesystem::last_write_time(entry, std::filesystem::file_time_type::clock::now() - by);
    }
  }
  /// The log is the end of what was sent, from its first position on.
  void expect_an_unbroken_end() {
    const auto found = ids();
    ASSERT_LE(found.size(), journal_.sent.size());
    EXPECT_TRUE(std::equal(found.begin(), found.end(), journal_.sent.end() - static_cast<ptrdiff_t>(found.size())));
    EXPECT_EQ(found.size(), journal_.sent.size() - (bounds().first.value - 1));
  }

  RamDir folder_;
  Faults none_{{}};
  Watching watching_;
  World world_;
  Journal journal_;
  std::mt19937_64 random_{8};
  SystemClock clock_;
};

TEST_F(Retention, ForgetsWhatIsFoldedAndOldOnly) {
  append(40);
  ASSERT_TRUE(world_.open());  // nothing is left to the checkpointer, which would make the files young again
  age(48h);
  append(15);
  ASSERT_TRUE(retain({folded(world_.series())}, {.age_max = 24h}));
  EXPECT_EQ(bounds().first.value, 1u) << "nothing is folded yet";
  ASSERT_TRUE(world_.fold());
  ASSERT_TRUE(retain({folded(world_.series())}, {.age_max = 72h}));
  EXPECT_EQ(bounds().first.value, 1u) << "nothing is old enough";
  ASSERT_TRUE(retain({}, {.age_max = 24h}));
  EXPECT_EQ(bounds().first.value, 1u) << "nobody has said that it is not needed";
  ASSERT_TRUE(retain({folded(world_.series()), at(ports::Position{2})}, {.age_max = 24h}));
  EXPECT_EQ(bounds().first.value, 1u) << "another consumer is not so far";
  ASSERT_TRUE(retain({folded(world_.series())}, {.age_max = 24h}));
  const auto first = bounds().first;
  EXPECT_GT(first.value, 1u);
  EXPECT_LT(first, bounds().next);
  expect_an_unbroken_end();
  auto gone = run(world_.log().open(0, ports::Position{1}));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, "trimmed");

  ASSERT_TRUE(world_.open());  // a restart
  EXPECT_EQ(bounds().first, first);
  expect_an_unbroken_end();
  append(3);
  ASSERT_TRUE(world_.fold());
  expect_an_unbroken_end();
}

TEST_F(Retention, KeepsTheNewestBytes) {
  append(60);
  ASSERT_TRUE(world_.fold());
  ASSERT_TRUE(retain({folded(world_.series())}, {.age_max = 24h, .bytes_max = 1 << 30}));
  EXPECT_EQ(bounds().first.value, 1u);
  ASSERT_TRUE(retain({folded(world_.series())}, {.age_max = 24h, .bytes_max = 400'000}));
  EXPECT_GT(bounds().first.value, 1u);
  expect_an_unbroken_end();
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/log/p00")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".log") || name.ends_with("-wal")) bytes += entry.file_size();
  }
  EXPECT_LE(bytes, 400'000u + 150'000u) << "one segment more at most, which is being written to";
}

TEST_F(Retention, AReaderOfWhatIsForgottenIsTold) {
  append(40);
  auto reader = run(world_.log().open(0, {}));
  ASSERT_TRUE(reader);
  ASSERT_TRUE(world_.fold());
  ASSERT_TRUE(retain({folded(world_.series())}, {.age_max = -1h}));
  ASSERT_GT(bounds().first.value, 1u);
  auto chunk = run((*reader)->next(1, std::chrono::steady_clock::now() + 5s));
  ASSERT_FALSE(chunk);
  EXPECT_EQ(chunk.error().code, "trimmed");
  size_t segments = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/log/p00"))
    segments += entry.path().extension() == ".log";
  EXPECT_EQ(segments, 1u) << "asking must not bring a file back";
}

TEST_F(Retention, ASegmentThatIsWrittenToForLongEnds) {
  auto options = kKeptLog;
  options.segment_bytes = 1 << 30;
  options.segment_age_max = 0ms;
  World quiet(folder_.path() + "/quiet", options);
  quiet.series_sync_interval = 0ms;
  ASSERT_TRUE(quiet.open());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(quiet.append(journal_, random_));
  ASSERT_TRUE(quiet.fold());
  flow::LogRetention retention(quiet.log(), {folded(quiet.series())}, {.age_max = -1h}, clock_);
  ASSERT_TRUE(run(retention.run_once()));
  EXPECT_GT(run(quiet.log().bounds(0))->first.value, 1u);
}

TEST(RetentionAndFaults, ARemovalThatFailsLeavesNoHole) {
  SystemClock clock;
  for (const Call call : {Call::kUnlink, Call::kSync}) {
    RamDir folder;
    Faults faults({.call = call});
    Watching watching(folder.path(), faults);
    auto options = kKeptLog;
    options.checkpoint_interval = 1h;  // only the trim syncs
    World world(folder.path(), options);
    world.series_sync_interval = 0ms;
    ASSERT_TRUE(world.open());
    Journal journal;
    std::mt19937_64 random{5};
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(world.append(journal, random));
    ASSERT_TRUE(world.fold());
    Metrics metrics;
    flow::LogRetention retention(world.log(), {folded(world.series())}, {.age_max = -1h}, clock, &metrics);
    faults.strike_next();
    ASSERT_FALSE(run(retention.run_once()));
    ASSERT_TRUE(faults.struck());
    EXPECT_EQ(
        metrics.counter("gamekeeper_log_trim_failures_total", "Looks at a partition that could not trim it.").Value(),
        1);
    for (const bool restarted : {false, true}) {
      if (restarted) ASSERT_TRUE(world.open());
      const uint64_t first = run(world.log().bounds(0))->first.value;
      const auto found = read_log(world.log(), 0);
      ASSERT_TRUE(found) << found.error().message;
      EXPECT_EQ(found->ids.size(), journal.sent.size() - (first - 1));
    }
    flow::LogRetention again(world.log(), {folded(world.series())}, {.age_max = -1h}, clock);
    ASSERT_TRUE(run(again.run_once()));
    EXPECT_GT(run(world.log().bounds(0))->first.value, 1u);
    EXPECT_EQ(again.usage().at(0).first, run(world.log().bounds(0))->first);
  }
}

/// Appends, folds and trims until the power goes; what is left has no hole and all that is not folded.
void trim_until_the_power_goes(uint64_t seed) {
  RamDir before, after;
  Journal journal;
  std::mt19937_64 random(seed);
  Disk disk(before.path(), {.off_at = 200 + random() % 1'500}, seed);
  SystemClock clock;
  uint64_t trims_left = 1 + random() % 6;
  {
    Watching watching(before.path(), disk);
    World world(before.path(), kKeptLog);
    auto ok = world.open();
    for (int i = 0; ok && i < 100; ++i) {
      ok = world.append(journal, random);
      if (ok && i % 3 == 0) ok = world.fold();
      if (!ok || i % 10 != 9) continue;
      flow::LogRetention retention(world.log(), {folded(world.series())}, {.age_max = -1h}, clock);
      ok = run(retention.run_once());
      if (ok && --trims_left == 0) disk.cut_soon();  // what it has removed has to be gone, and all of it
    }
    ASSERT_TRUE(ok || disk.off()) << ok.error().message;
    disk.cut();
  }
  disk.leave(after.path());
  Faults none({});
  Watching watching(after.path(), none);
  World world(after.path(), kKeptLog);
  auto ok = world.open();
  ASSERT_TRUE(ok) << "seed " << seed << ": " << ok.error().message;
  const auto bounds = *run(world.log().bounds(0));
  auto content = read_log(world.log(), 0);
  ASSERT_TRUE(content) << "seed " << seed << ": " << content.error().message;
  const size_t skipped = bounds.first.value - 1;
  ASSERT_GE(skipped + content->ids.size(), journal.acknowledged.size()) << "seed " << seed;
  for (size_t i = 0; i < content->ids.size(); ++i)
    ASSERT_EQ(content->ids[i], journal.sent.at(skipped + i)) << "seed " << seed;
  ASSERT_TRUE(world.fold()) << "seed " << seed << ": the log no longer holds what is not folded";
}

TEST(RetentionAndPower, LeaveNoHole) {
  for (uint64_t seed = 1; seed <= seeds(100) / 4 && !testing::Test::HasFatalFailure(); ++seed)
    trim_until_the_power_goes(seed);
}

}  // namespace
}  // namespace gamekeeper::chaos
