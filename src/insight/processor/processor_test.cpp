// The loop around the fold, on a log and a store in memory: claims, fencing, a full disk, corrupt rows, stopping.
#include "insight/processor/processor.h"

#include <gtest/gtest.h>

#include <deque>

#include "insight/processor/testing/fold_driver.h"

namespace gamekeeper::processor::testing {
namespace {

using namespace std::chrono_literals;

/// Rows by partition; a position is the number of rows before it. Chunks hold at most three rows.
class MemoryLog final : public ports::EventLog {
 public:
  explicit MemoryLog(uint32_t partitions) : rows_(partitions) {}

  void add(ports::Partition partition, const Sent& e) {
    std::string row;
    e.append_to(row);
    add_row(partition, row);
  }
  void add_row(ports::Partition partition, std::string row) {
    std::lock_guard lock(mutex_);
    rows_[partition].push_back(std::move(row));
  }

  /// Those before `first` are gone.
  void forget(uint64_t first) { first_ = {first}; }

  uint32_t partitions() const override { return static_cast<uint32_t>(rows_.size()); }
  Task<std::vector<ports::AppendOutcome>> append(std::vector<ports::PartitionBatch>) override {
    co_return std::vector<ports::AppendOutcome>();
  }
  Task<Result<std::unique_ptr<ports::LogReader>>> open(ports::Partition partition, ports::Position from) override {
    if (from != ports::Position{} && from < first_) co_return fail(ErrorKind::kNotFound, "trimmed", "It is gone.");
    co_return std::unique_ptr<ports::LogReader>(new Reader(*this, partition, std::max(from, first_)));
  }
  Task<Result<ports::LogBounds>> bounds(ports::Partition partition) override {
    std::lock_guard lock(mutex_);
    co_return ports::LogBounds{first_, {rows_[partition].size()}, rows_[partition].size()};
  }
  uint64_t distance(ports::Position from, ports::Position to) const override { return to.value - from.value; }
  Task<Result<ports::LogUsage>> trim(ports::Partition, ports::TrimLimits) override { co_return ports::LogUsage{}; }

 private:
  class Reader final : public ports::LogReader {
   public:
    Reader(MemoryLog& log, ports::Partition partition, ports::Position at)
        : log_(log), partition_(partition), at_(at) {}
    Task<Result<ports::LogChunk>> next(size_t, std::chrono::steady_clock::time_point deadline) override {
      for (;;) {
        ports::LogChunk chunk{"", 0, at_, at_};
        {
          std::lock_guard lock(log_.mutex_);
          for (; chunk.count < 3 && chunk.next.value < log_.rows_[partition_].size(); ++chunk.count) {
            chunk.rows += log_.rows_[partition_][chunk.next.value++];
          }
        }
        at_ = chunk.next;
        if (chunk.count > 0 || std::chrono::steady_clock::now() >= deadline) co_return chunk;
        co_await sleep_for(1ms);
      }
    }

   private:
    MemoryLog& log_;
    ports::Partition partition_;
    ports::Position at_;
  };

  std::mutex mutex_;
  ports::Position first_;
  std::vector<std::deque<std::string>> rows_;
};

class ManualClaims final : public ports::PartitionClaims {
 public:
  Task<Result<ports::ClaimChange>> next() override {
    for (;;) {
      {
        std::lock_guard lock(mutex_);
        if (stopped_) co_return fail(ErrorKind::kUnavailable, "stopped", "It is over.");
        if (!changes_.empty()) {
          auto change = std::move(changes_.front());
          changes_.pop_front();
          co_return change;
        }
      }
      co_await sleep_for(1ms);
    }
  }
  Task<Result<void>> release(ports::Partition partition) override {
    std::lock_guard lock(mutex_);
    released.push_back(partition);
    co_return Result<void>();
  }
  void stop() override {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  void begin_again() {
    std::lock_guard lock(mutex_);
    stopped_ = false;
    changes_.clear();
  }
  void change(std::vector<ports::Partition> granted, std::vector<ports::Partition> revoked = {}) {
    std::lock_guard lock(mutex_);
    changes_.push_back({std::move(granted), std::move(revoked)});
  }
  std::vector<ports::Partition> released_now() {
    std::lock_guard lock(mutex_);
    return released;
  }

 private:
  std::mutex mutex_;
  std::deque<ports::ClaimChange> changes_;
  bool stopped_ = false;
  std::vector<ports::Partition> released;
};

class ProcessorTest : public ::testing::Test {
 protected:
  std::unique_ptr<Processor> make() {
    ProcessorOptions options;
    options.commit_interval = 5ms;
    options.backoff_min = 1ms;
    options.backoff_max = 4ms;
    options.threads = 2;
    return std::make_unique<Processor>(Processor::Ports{log_, claims_, store_}, options, clock_, &metrics_);
  }
  void send(ports::Partition partition, int events) {
    for (int i = 0; i < events; ++i) {
      Sent e;
      e.player = "p" + std::to_string(partition);
      e.id = ++ids_;
      e.received = e.time = 1'800'000'000'000 + i;
      log_.add(partition, e);
    }
  }
  int64_t stored(ports::Partition partition) {
    auto values = run(
        store_.get(partition, std::vector<ports::CellKey>{{cells::kLedger, cells::Key("arena").plain("k1").str(), 0}}));
    return values->front() ? cells::Ledger::decode(*values->front())->stored : 0;
  }
  template <class Condition>
  static bool soon(Condition condition) {
    for (int i = 0; i < 30'000 && !condition(); ++i) std::this_thread::sleep_for(1ms);
    return condition();
  }

  MemoryLog log_{3};
  ManualClaims claims_;
  MemorySeriesStore store_;
  SystemClock clock_;
  Metrics metrics_;
  uint64_t ids_ = 0;
};

TEST_F(ProcessorTest, FoldsWhatIsGrantedAndNothingElse) {
  for (ports::Partition p : {0, 1, 2}) send(p, 10);
  auto processor = make();
  processor->start();
  claims_.change({0, 2});
  EXPECT_TRUE(soon([&] { return stored(0) == 10 && stored(2) == 10; }));
  send(0, 5);
  EXPECT_TRUE(soon([&] { return stored(0) == 15; }));
  EXPECT_EQ(stored(1), 0);
  processor->stop();
  auto status = processor->status();
  ASSERT_EQ(status.size(), 2u);
  EXPECT_EQ(status[0].position.value, 15u);
  EXPECT_EQ(status[0].events, 15u);
  EXPECT_EQ(status[0].state, PartitionStatus::State::kReleased);
}

TEST_F(ProcessorTest, StoppingCommitsWhatIsFoldedAndANewOneGoesOn) {
  for (int round = 1; round <= 5; ++round) {
    send(0, 20);
    claims_.begin_again();  // before start(), which would see the claims of the last round stopped
    claims_.change({0});
    auto processor = make();
    processor->start();
    if (round == 5) EXPECT_TRUE(soon([&] { return stored(0) == 100; }));
    processor->stop();
  }
  EXPECT_EQ(stored(0), 100);
}

TEST_F(ProcessorTest, WaitsForAFullDiskAndLosesNothing) {
  store_.commit_failures = std::vector<ErrorKind>(5, ErrorKind::kFull);
  send(0, 10);
  auto processor = make();
  processor->start();
  claims_.change({0});
  EXPECT_TRUE(soon([&] { return stored(0) == 10; }));
  processor->stop();
}

TEST_F(ProcessorTest, ClaimsAnewWhenTheOutcomeIsUnknown) {
  store_.commit_failures = std::vector<ErrorKind>(3, ErrorKind::kUnavailable);
  send(0, 10);
  auto processor = make();
  processor->start();
  claims_.change({0});
  EXPECT_TRUE(soon([&] { return stored(0) == 10; }));
  EXPECT_GE(processor->status().front().epoch, 4u);
  processor->stop();
}

TEST_F(ProcessorTest, AFencedPartitionIsLeftAlone) {
  auto processor = make();
  processor->start();
  claims_.change({0});
  ASSERT_TRUE(soon([&] { return !processor->status().empty() && processor->status().front().epoch == 1; }));
  auto other = run(store_.claim(0, "other"));
  send(0, 3);
  EXPECT_TRUE(soon([&] { return processor->status().front().state == PartitionStatus::State::kWaiting; }));
  EXPECT_EQ(stored(0), 0);
  processor->stop();
  EXPECT_EQ(run(store_.states())->front().epoch, other->epoch);
}

TEST_F(ProcessorTest, ACorruptRowHaltsItsPartitionOnly) {
  send(0, 2);
  log_.add_row(0, "nonsense");
  send(1, 4);
  auto processor = make();
  processor->start();
  claims_.change({0, 1});
  EXPECT_TRUE(soon([&] {
    return processor->status().size() == 2 && processor->status()[0].state == PartitionStatus::State::kHalted;
  }));
  EXPECT_TRUE(soon([&] { return stored(1) == 4; }));
  EXPECT_FALSE(processor->status()[0].error.empty());
  processor->stop();
}

TEST_F(ProcessorTest, WhatTheLogLostBeforeItWasFoldedIsSaid) {
  send(0, 10);
  log_.forget(4);
  auto& gap = metrics_.gauge("gamekeeper_processor_gap_events",
                             "Events that the log had lost before they were folded, as of the last start.",
                             {{"partition", "0"}});
  auto anew = make();
  anew->start();
  claims_.change({0});
  EXPECT_TRUE(soon([&] { return stored(0) == 6; })) << "from nowhere: what is left";
  anew->stop();
  EXPECT_EQ(gap.Value(), 4);

  send(0, 10);
  log_.forget(15);
  claims_.begin_again();
  claims_.change({0});
  auto later = make();
  later->start();
  EXPECT_TRUE(soon([&] {
    return !later->status().empty() && later->status().front().state == PartitionStatus::State::kHalted;
  })) << "from a position that is gone: no further";
  later->stop();
  EXPECT_EQ(gap.Value(), 5);
  EXPECT_EQ(stored(0), 6);
}

TEST_F(ProcessorTest, ARevokedPartitionIsCommittedThenReleased) {
  send(0, 10);
  auto processor = make();
  processor->start();
  claims_.change({0});
  ASSERT_TRUE(soon([&] { return stored(0) == 10; }));
  claims_.change({}, {0});
  EXPECT_TRUE(soon([&] { return claims_.released_now() == std::vector<ports::Partition>{0}; }));
  send(0, 1);
  claims_.change({0});
  EXPECT_TRUE(soon([&] { return stored(0) == 11; }));
  processor->stop();
}

}  // namespace
}  // namespace gamekeeper::processor::testing
