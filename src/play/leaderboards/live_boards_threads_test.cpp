#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "play/leaderboards/leaderboards.h"
#include "tests/support/documents/documents.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

// Boards as a server has them, on many threads. What is asserted holds however they meet; what they may not share is for
// ThreadSanitizer to see.
namespace gamekeeper::play {
namespace {

using test::run;

constexpr int kBoardThreads = 4, kScoresEach = 60, kPlayers = 20;

class LiveBoardsThreads : public ::testing::Test {
 protected:
  LiveBoardsThreads() {
    live.start(2);
    GK_CHECK(run(boards.create("demo", {.id = "best"})).has_value(), "a board is made");
  }
  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  std::unique_ptr<ports::RankedSet> ranked = test::make_ranked_set();
  ManualClock clock{1'800'000'000'000};
  LiveBoards live{*store, *ranked, clock, {}};
  Leaderboards boards{live, *store, *ranked, clock, {.timezone_of = [](const std::string&) { return "UTC"; }}};
};

TEST_F(LiveBoardsThreads, ManyWriteWhileOthersRead) {
  const auto score_of = [](int thread, int i) { return int64_t{(thread * 37 + i * 101) % 1000}; };
  std::atomic<size_t> failed = 0;
  std::atomic<bool> is_over = false;
  {
    std::vector<std::jthread> writers;
    std::jthread reader([&] {
      while (!is_over) {
        const auto rows = run(boards.rows("demo", "best", "", 100, ""));
        if (!rows || !std::ranges::is_sorted(rows->items, std::greater(), &BoardRow::score)) ++failed;
      }
    });
    std::jthread keeper([&] {
      while (!is_over) {
        if (!run(live.refresh()) || !run(live.tidy()) || live.status().boards != 1) ++failed;
      }
    });
    for (int t = 0; t < kBoardThreads; ++t) {
      writers.emplace_back([&, t] {
        for (int i = 0; i < kScoresEach; ++i) {
          const std::string player = "p" + std::to_string(i % kPlayers);
          if (!run(boards.write("demo", "best", {.player = player, .score = score_of(t, i)}))) ++failed;
        }
      });
    }
    for (std::jthread& writer : writers) writer.join();
    is_over = true;
  }
  EXPECT_EQ(failed, 0u);
  std::map<std::string, int64_t> best, shown;
  for (int t = 0; t < kBoardThreads; ++t) {
    for (int i = 0; i < kScoresEach; ++i) {
      int64_t& score = best["p" + std::to_string(i % kPlayers)];
      score = std::max(score, score_of(t, i));
    }
  }
  const auto rows = run(boards.rows("demo", "best", "", 100, ""));
  ASSERT_TRUE(rows);
  for (const BoardRow& row : rows->items) shown[row.player_id] = row.score;
  EXPECT_EQ(shown, best);
}

TEST_F(LiveBoardsThreads, ABoardIsFoundWhileAnotherForgetsIt) {
  const LiveBoards::Record record = *run(live.find("demo", "best"));
  std::atomic<size_t> failed = 0;
  std::atomic<bool> is_over = false;
  {
    std::jthread forgetter([&] {
      while (!is_over) {
        if (!run(live.forget(record))) ++failed;
      }
    });
    std::vector<std::jthread> finders;
    for (int t = 0; t < 2; ++t) {
      finders.emplace_back([&] {
        for (int i = 0; i < 1'000; ++i) {
          const auto found = run(live.find("demo", "best"));  // in the store it still is
          if (!found || (*found)->uid != record->uid) ++failed;
        }
      });
    }
    for (std::jthread& finder : finders) finder.join();
    is_over = true;
  }
  EXPECT_EQ(failed, 0u);
}

}  // namespace
}  // namespace gamekeeper::play
