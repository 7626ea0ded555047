// RELIABILITY R5: the n-th open, write, sync, … fails, once or from then on. Nothing is acknowledged that is not durable,
// a failed sync stops its partition, a restart is clean, and a disk that was full is used again once it has space.
#include <gtest/gtest.h>

#include "tests/chaos/faults.h"
#include "tests/chaos/rows.h"
#include "tests/chaos/world.h"

namespace gamekeeper::chaos {
namespace {

using test::run;

const adapters::EmbeddedLogOptions kIoLog{.partitions = 1,
                                          .segment_bytes = 20'000,
                                          .tail_bytes_max = 1,
                                          .checkpoint_bytes = 20'000,
                                          .checkpoint_interval = std::chrono::milliseconds(1)};

/// Some of everything; what fails is not tried again.
void work(World& world, Journal& journal) {
  std::mt19937_64 random(3);
  if (!world.open()) return;
  for (int i = 0; i < 12; ++i) {
    std::ignore = world.append(journal, random);
    std::ignore = world.write(journal, random);
    if (i % 3 == 0) std::ignore = world.fold();
  }
}

std::string describe(const Fault& fault) {
  return "call " + std::to_string(static_cast<int>(fault.call)) + " number " + std::to_string(fault.at) + " errno " +
         std::to_string(fault.error) + (fault.sticky ? " and all after it" : "");
}

/// The work under a fault, then a restart on a sound disk.
bool survives(const Fault& fault) {
  RamDir folder;
  Journal journal;
  Faults faults(fault);
  Watching watching(folder.path(), faults);
  {
    World world(folder.path(), kIoLog);
    work(world, journal);
  }
  const bool struck = faults.struck();
  faults.heal();
  World world(folder.path(), kIoLog);
  auto ok = world.open();
  EXPECT_TRUE(ok) << describe(fault) << ": " << ok.error().message;
  if (!ok) return struck;
  EXPECT_EQ(check(world, journal), Violations{}) << describe(fault);
  std::mt19937_64 random(4);
  EXPECT_TRUE(world.append(journal, random)) << describe(fault);
  EXPECT_TRUE(world.write(journal, random)) << describe(fault);
  EXPECT_EQ(check(world, journal), Violations{}) << describe(fault);
  return struck;
}

TEST(IoErrors, OfEveryKindAndPlaceLoseNothingAcknowledged) {
  uint64_t tried = 0;
  const uint64_t step = seeds(100) > 100 ? 1 : 9;
  for (const Call call : {Call::kOpen, Call::kCreate, Call::kWrite, Call::kTruncate, Call::kSync, Call::kUnlink,
                          Call::kRename, Call::kMkdir}) {
    for (const int error : {EIO, ENOSPC, 0}) {
      if (error == 0 && call != Call::kWrite) continue;  // a short write
      for (const bool sticky : {false, true}) {
        bool struck = true;
        for (uint64_t at = 1; struck && !testing::Test::HasFailure(); at += at < 4 ? 1 : step + at / 4) {
          struck = survives({.call = call, .at = at, .error = error, .sticky = sticky});
          ++tried;
        }
      }
    }
  }
  std::printf("%lu faults tried\n", static_cast<unsigned long>(tried));
}

ports::AppendOutcome append(adapters::EmbeddedEventLog& log, ports::Partition partition, const std::string& id) {
  std::vector<ports::PartitionBatch> batches;
  batches.push_back(batch_of(partition, {id}));
  return run(log.append(std::move(batches))).at(0);
}

TEST(IoErrors, AFailedSyncStopsItsPartitionAndNoOther) {
  RamDir folder;
  Faults faults({.call = Call::kSync, .error = EIO, .where = "/p00/"});
  Watching watching(folder.path(), faults);
  {
    auto log = adapters::EmbeddedEventLog::open(folder.path() + "/log", {.partitions = 2});
    ASSERT_TRUE(log);
    ASSERT_TRUE(append(**log, 0, "a"));
    faults.strike_next();
    auto failed = append(**log, 0, "b");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable);
    EXPECT_NE(failed.error().message.find("/p00/"), std::string::npos) << failed.error().message;
    EXPECT_NE(failed.error().message.find("restart"), std::string::npos) << failed.error().message;
    for (int i = 0; i < 3; ++i)
      EXPECT_FALSE(append(**log, 0, "c")) << "the disk syncs again, but what it holds is not known";
    EXPECT_TRUE(append(**log, 1, "d"));
    auto content = read_log(**log, 0);
    ASSERT_TRUE(content);
    EXPECT_EQ(content->ids, std::vector<std::string>{"a"});
  }
  auto log = adapters::EmbeddedEventLog::open(folder.path() + "/log", {.partitions = 2});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_TRUE(append(**log, 0, "e"));
  auto content = read_log(**log, 0);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->ids.front(), "a");
  EXPECT_EQ(content->ids.back(), "e");
}

TEST(IoErrors, AFailedSyncStopsTheDocuments) {
  RamDir folder;
  Faults faults({.call = Call::kSync, .error = EIO, .where = "documents"});
  Watching watching(folder.path(), faults);
  World world(folder.path(), kIoLog);
  Journal journal;
  std::mt19937_64 random(5);
  ASSERT_TRUE(world.open());
  ASSERT_TRUE(world.write(journal, random));
  faults.strike_next();
  for (int i = 0; i < 3; ++i) {
    auto ok = world.write(journal, random);
    ASSERT_FALSE(ok);
    if (ok.error().kind != ErrorKind::kConflict) EXPECT_EQ(ok.error().code, "storage_failed") << ok.error().message;
  }
  ASSERT_TRUE(world.open());
  EXPECT_EQ(check(world, journal), Violations{});
}

TEST(IoErrors, AFullDiskIsSaidAndUsedAgainWithoutARestart) {
  RamDir folder;
  Faults faults({.call = Call::kWrite, .error = ENOSPC, .sticky = true});
  Watching watching(folder.path(), faults);
  World world(folder.path(), kIoLog);
  Journal journal;
  std::mt19937_64 random(6);
  ASSERT_TRUE(world.open());
  for (int round = 0; round < 8; ++round) {  // segments change meanwhile, so the disk is full at that moment too
    ASSERT_TRUE(world.append(journal, random));
    ASSERT_TRUE(world.fold());
    faults.strike_next();
    for (int i = 0; i < 3; ++i) {
      auto ok = world.append(journal, random);
      ASSERT_FALSE(ok);
      EXPECT_EQ(ok.error().kind, ErrorKind::kFull) << ok.error().message;
    }
    std::mt19937_64 same(round + 1);
    Journal none = journal;
    auto ok = world.write(none, same);
    ASSERT_FALSE(ok);
    EXPECT_EQ(ok.error().kind, ErrorKind::kFull) << ok.error().message;
    EXPECT_TRUE(read_log(world.log(), 0)) << "reads are served on";
    faults.heal();
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(world.append(journal, random));
    ASSERT_TRUE(world.write(journal, random));
    ASSERT_TRUE(world.fold());
  }
  EXPECT_EQ(check(world, journal), Violations{});
}

}  // namespace
}  // namespace gamekeeper::chaos
