#include "flow/log_consumer.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <tuple>

#include "events/event.h"
#include "events/fact.h"
#include "tests/support/documents/documents.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::flow {
namespace {

using test::run;

constexpr std::chrono::seconds kPatience{20};

class LogConsumerTest : public ::testing::Test {
 protected:
  LogConsumerTest() { log = test::open_log(folder.path() + "/log", 2); }

  void append(const std::string& name, int player = 0) {
    const std::string id = "p" + std::to_string(player);
    const std::string row = events::fact_row({.app = "demo", .player_id = id, .name = name, .at = 1'800'000'000'000});
    const auto outcomes = run(log->append({{events::partition_of("demo", id, 2), row, 1}}));
    GK_CHECK(outcomes.front().has_value(), "the log takes a row");
  }

  /// Every row becomes a document that must not be there yet: a second time would be a conflict for ever.
  LogHandler writes_each() {
    return [this](std::string rows) { return write_each(std::move(rows)); };
  }
  Task<Result<Effects>> write_each(std::string rows) {
    Effects effects;
    events::RowReader reader(rows);
    events::EventView e;
    while (reader.next(e)) {
      effects.writes.puts.push_back({.collection = "seen",
                                     .id = to_string(e.id),
                                     .body = "{\"name\":\"" + std::string(e.name) + "\"}",
                                     .entries = {{"all", to_string(e.id)}},
                                     .expected = 0});
    }
    ++handled;
    if (before_commit) before_commit();
    effects.after_commit = [this]() { return count_commit(); };
    co_return effects;
  }
  Task<void> count_commit() {
    ++committed;
    co_return;
  }

  /// Counts rows in one document; when asked for the first time, somebody else writes it before the commit.
  Task<Result<Effects>> count_up() {
    auto now = co_await store->get("counts", "n");
    Effects effects;
    effects.writes.puts.push_back(
        {.collection = "counts", .id = "n", .body = "{}", .expected = *now ? (*now)->version : 0});
    ports::WriteSet rival;
    rival.puts.push_back({.collection = "counts", .id = "n", .body = "{}"});
    if (handled++ == 0) std::ignore = co_await store->commit(std::move(rival));
    co_return effects;
  }

  double rows_done() {
    return metrics
        .counter("gamekeeper_consumer_rows_total", "Rows of the log that a consumer is done with.",
                 {{"consumer", "test"}})
        .Value();
  }
  uint64_t seen() {
    auto n = run(store->count("seen", "all", "", ""));
    GK_CHECK(n.has_value(), "the store counts");
    return *n;
  }
  template <class Condition>
  bool comes_true(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  std::unique_ptr<LogConsumer> consumer(ConsumerOptions options = {}) {
    options.name = "test";
    options.poll = options.backoff_min = options.fenced_pause = std::chrono::milliseconds(10);
    auto made = std::make_unique<LogConsumer>(*store, *log, writes_each(), options, metrics);
    made->start();
    return made;
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  std::unique_ptr<ports::EventLog> log;
  Metrics metrics;
  std::function<void()> before_commit;
  std::atomic<int> handled = 0, committed = 0;
};

TEST_F(LogConsumerTest, ANewConsumerBeginsAtTheEndAndMissesNothingFromThenOn) {
  for (int i = 0; i < 10; ++i) append("old", i);
  auto reading = consumer();
  for (int i = 0; i < 20; ++i) append("new", i);
  EXPECT_TRUE(comes_true([&] { return seen() == 20; })) << seen();
}

TEST_F(LogConsumerTest, OrAtTheBeginningWhenAsked) {
  for (int i = 0; i < 10; ++i) append("old", i);
  auto reading = consumer({.from_beginning = true});
  EXPECT_TRUE(comes_true([&] { return seen() == 10; })) << seen();
}

TEST_F(LogConsumerTest, GoesOnWhereItWasAndTakesNoRowTwice) {
  {
    auto first = consumer();
  }
  for (int i = 0; i < 10; ++i) append("a", i);  // while nobody reads
  {
    auto second = consumer();
    EXPECT_TRUE(comes_true([&] { return seen() == 10; }));
  }
  auto third = consumer();
  append("b");
  EXPECT_TRUE(comes_true([&] { return seen() == 11; }));
  EXPECT_EQ(metrics
                .counter("gamekeeper_consumer_failures_total", "Times that a consumer had to begin again.",
                         {{"consumer", "test"}})
                .Value(),
            0);
}

TEST_F(LogConsumerTest, TwoAtWorkWriteEveryRowOnce) {
  auto one = consumer(), two = consumer();
  for (int i = 0; i < 100; ++i) append("a", i);
  EXPECT_TRUE(comes_true([&] { return seen() == 100; })) << seen();
  EXPECT_GE(handled.load(), committed.load());
}

TEST_F(LogConsumerTest, MakesTheEffectsAnewWhenAnotherWriterWasFaster) {
  LogHandler counts = [this](std::string) { return count_up(); };
  LogConsumer reading(*store, *log, counts, {.name = "test", .poll = std::chrono::milliseconds(10)}, metrics);
  reading.start();
  append("a");
  EXPECT_TRUE(comes_true([&] {
    auto document = run(store->get("counts", "n"));
    return *document && (*document)->version == 2;
  }));
  reading.stop();
  EXPECT_EQ(handled.load(), 2);
}

TEST_F(LogConsumerTest, SaysWhatTheLogForgotAndGoesOn) {
  ports::WriteSet set;
  for (const char* id : {"test/0", "test/1"})
    set.puts.push_back({.collection = "consumers", .id = id, .body = R"({"position":"7"})"});
  GK_CHECK(run(store->commit(std::move(set))).has_value(), "positions are written");
  log.reset();
  log = test::open_log(folder.path() + "/log2", 2, 1);
  for (int i = 0; i < 60; ++i) append("a", i);
  for (ports::Partition p : {0u, 1u}) {
    const auto bounds = run(log->bounds(p));
    ASSERT_TRUE(run(log->trim(p, {.before = bounds->next, .bytes_max = 0})));
  }
  const auto first = run(log->bounds(0))->first.value + run(log->bounds(1))->first.value;
  ASSERT_GT(first, 20u) << "the log has forgotten nothing";
  auto reading = consumer();
  append("b");
  EXPECT_TRUE(comes_true([&] { return seen() > 0; }));
  const double lost =
      metrics
          .counter("gamekeeper_consumer_lost_rows_total", "Rows that the log forgot before the consumer had read them.",
                   {{"consumer", "test"}})
          .Value();
  EXPECT_EQ(lost, static_cast<double>(first - 14));
}

TEST_F(LogConsumerTest, APositionBeyondTheEndIsTheEnd) {
  ports::WriteSet set;
  for (const char* id : {"test/0", "test/1"})
    set.puts.push_back({.collection = "consumers", .id = id, .body = R"({"position":"1000"})"});
  GK_CHECK(run(store->commit(std::move(set))).has_value(), "positions are written");
  for (int i = 0; i < 5; ++i) append("old", i);
  auto reading = consumer();
  for (int i = 0; i < 5; ++i) append("new", i);
  EXPECT_TRUE(comes_true([&] { return seen() == 5; })) << seen();
}

TEST_F(LogConsumerTest, WhatLeadToNothingIsNotReadAgainAfterAStop) {
  std::atomic<size_t> bytes = 0;
  LogHandler looks = [&bytes](std::string rows) -> Task<Result<Effects>> {
    bytes += rows.size();
    co_return Effects{};
  };
  const ConsumerOptions options{.name = "test", .poll = std::chrono::milliseconds(10)};
  size_t once = 0;
  {
    LogConsumer reading(*store, *log, looks, options, metrics);
    reading.start();
    for (int i = 0; i < 20; ++i) append("a", i);
    EXPECT_TRUE(comes_true([&] { return rows_done() == 20; }));
    once = bytes;
  }
  LogConsumer reading(*store, *log, looks, options, metrics);
  reading.start();
  append("b");
  EXPECT_TRUE(comes_true([&] { return rows_done() == 21; }));
  reading.stop();
  EXPECT_EQ(rows_done(), 21);
  EXPECT_LT(bytes - once, once) << "one row, not twenty-one";
}

TEST_F(LogConsumerTest, TheLagIsWhatIsNotDone) {
  std::atomic<bool> closed = true;
  LogHandler waits = [&closed](std::string) -> Task<Result<Effects>> {
    if (closed) co_return fail(ErrorKind::kUnavailable, "unavailable", "Not now.");
    co_return Effects{};
  };
  LogConsumer reading(*store, *log, waits,
                      {.name = "test",
                       .poll = std::chrono::milliseconds(10),
                       .backoff_min = std::chrono::milliseconds(10),
                       .backoff_max = std::chrono::milliseconds(20)},
                      metrics);
  reading.start();
  for (int i = 0; i < 30; ++i) append("a", i);
  EXPECT_TRUE(comes_true([&] { return reading.lag() == 30; })) << reading.lag();
  closed = false;
  EXPECT_TRUE(comes_true([&] { return reading.lag() == 0 && rows_done() == 30; })) << reading.lag();
}

TEST_F(LogConsumerTest, AHandlersExceptionIsAPauseAndNotTheEnd) {
  before_commit = [this] {
    if (handled == 1) throw std::runtime_error("a bug");
  };
  auto reading = consumer();
  append("a");
  EXPECT_TRUE(comes_true([&] { return seen() == 1; }));
}

}  // namespace
}  // namespace gamekeeper::flow
