// A write-ahead log that cannot be moved into its file: nothing is lost or refused, and it is said and counted.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/chaos/rows.h"
#include "tests/chaos/syscalls.h"
#include "tests/chaos/world.h"

namespace gamekeeper::chaos {
namespace {

using namespace gamekeeper::adapters;
using namespace std::chrono_literals;
using test::run;

/// Database files, not their write-ahead logs, refuse to be written while `broken`.
class BrokenFiles final : public Watch {
 public:
  std::atomic<bool> broken = false;
  Verdict before(Call call, const std::string& path) override {
    const bool file = path.ends_with(".db") || path.ends_with(".log");
    if (broken && file && call == Call::kWrite) return {.error = EIO};
    return {.skip = true};
  }
};

class Checkpoint : public testing::Test {
 protected:
  double failures(const char* store) {
    return metrics_
        .counter("gamekeeper_storage_checkpoint_failures_total",
                 "Checkpoints that failed: a write-ahead log could not be moved into its file.", {{"store", store}})
        .Value();
  }
  RamDir folder_;
  BrokenFiles files_;
  Watching watching_{folder_.path(), files_};
  Metrics metrics_;
};

TEST_F(Checkpoint, OfTheLogThatFailsIsSaid) {
  const EmbeddedLogOptions options{
      .partitions = 1, .checkpoint_bytes = 1000, .checkpoint_interval = 1ms, .metrics = &metrics_};
  Journal journal;
  std::mt19937_64 random{3};
  {
    auto log = EmbeddedEventLog::open(folder_.path() + "/log", options);
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(failures("log"), 0);
    files_.broken = true;
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    for (int i = 0; failures("log") < 2; ++i) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up);
      journal.sent.push_back("e" + std::to_string(i));
      ASSERT_TRUE(run((*log)->append({batch_of(0, {journal.sent.back()}, 500)})).at(0)) << "appending goes on";
      std::this_thread::sleep_for(1ms);
    }
    files_.broken = false;
  }
  auto log = EmbeddedEventLog::open(folder_.path() + "/log", options);
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ(read_log(**log, 0)->ids, journal.sent);
}

TEST_F(Checkpoint, OfTheSeriesThatFailsIsSaid) {
  const std::string value(500'000, 'x');
  {
    auto series = SqliteSeriesStore::open(folder_.path() + "/series", {.metrics = &metrics_});
    ASSERT_TRUE(series);
    auto claim = run((*series)->claim(0, "test"));
    ASSERT_TRUE(claim);
    files_.broken = true;
    for (uint64_t n = 1; n <= 40; ++n) {
      const std::vector<ports::Cell> cells{{{1, "k", static_cast<int64_t>(n)}, value}};
      ASSERT_TRUE(run((*series)->commit(*claim, {n}, cells))) << "committing goes on";
    }
    EXPECT_GT(failures("series"), 0);
    files_.broken = false;
  }
  auto series = SqliteSeriesStore::open(folder_.path() + "/series", {.metrics = &metrics_});
  auto claim = run((*series)->claim(0, "test"));
  ASSERT_TRUE(claim) << claim.error().message;
  EXPECT_EQ(claim->position.value, 40u);
}

TEST_F(Checkpoint, OfTheDocumentsThatFailsIsSaid) {
  const std::string body = "{\"fill\":\"" + std::string(300'000, 'x') + "\"}";
  {
    auto documents = SqliteDocumentStore::open(folder_.path() + "/documents.db", &metrics_);
    ASSERT_TRUE(documents);
    files_.broken = true;
    for (int n = 0; n < 80; ++n) {
      ports::WriteSet set;
      set.puts.push_back({.collection = "things", .id = "d" + std::to_string(n), .body = body});
      ASSERT_TRUE(run((*documents)->commit(std::move(set)))) << "committing goes on";
    }
    EXPECT_GT(failures("documents"), 0);
    files_.broken = false;
  }
  auto documents = SqliteDocumentStore::open(folder_.path() + "/documents.db", &metrics_);
  ASSERT_TRUE(documents);
  for (int n = 0; n < 80; ++n) EXPECT_TRUE(*run((*documents)->get("things", "d" + std::to_string(n), {})));
}

}  // namespace
}  // namespace gamekeeper::chaos
