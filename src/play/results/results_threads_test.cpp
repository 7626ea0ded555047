#include <atomic>
#include <thread>

#include "play/results/testing/results_fixture.h"

// A server has its callers on many threads, and the rounds of a queue follow one another across them. What is asserted
// holds however they meet; what they may not share is for ThreadSanitizer to see.
namespace gamekeeper::play {
namespace {

constexpr size_t kResults = 120, kWriters = 6;

TEST_F(ResultsTest, CallersOnManyThreadsEqualOneReplay) {
  const std::vector<MatchResult> all = random_results(kResults, 11);
  std::atomic<size_t> next = 0, refused = 0, unread = 0;
  std::atomic<bool> is_over = false;
  const auto settle = [&](const MatchResult& result) {
    auto first = run(here.results.settle("demo", result)), again = run(here.results.settle("demo", result));
    if (!first || !again || first->applied != again->applied) ++refused;
  };
  {
    std::vector<std::jthread> writers;
    std::jthread reader([&] {
      while (!is_over) {
        const auto view = run(here.results.rating("demo", "p1", "default", 10, ""));
        const auto chances = run(here.results.predict("demo", "default", all.front().teams));
        if (!view || !chances || chances->size() != all.front().teams.size()) ++unread;
        if (here.results.is_board_whole("demo", "default")) run(here.results.list("demo", {}, 5, ""));
      }
    });
    std::jthread keeper([&] {
      while (!is_over) {
        if (!run(here.results.catch_up()) || !run(here.results.sweep())) ++unread;
      }
    });
    for (size_t w = 0; w < kWriters; ++w) {
      writers.emplace_back([&] {
        for (size_t i = next++; i < all.size(); i = next++) {
          settle(all[i]);
          if (i % 40 != 20) continue;
          if (!run(here.results.take_back("demo", all[i].match_id, "a cheat"))) ++refused;
          if (!run(here.results.boards_lost())) ++unread;
        }
      });
    }
    for (std::jthread& writer : writers) writer.join();
    is_over = true;
  }
  EXPECT_EQ(refused, 0u);
  EXPECT_EQ(unread, 0u);
  const std::vector<Match> stored = matches(*store);
  ASSERT_EQ(stored.size(), all.size());
  for (size_t i = 0; i < stored.size(); ++i) EXPECT_EQ(stored[i].applied, i + 1);
  EXPECT_EQ(bodies(*store), replayed(*store));
  while (*run(here.results.catch_up())) {
  }
  for (const auto& [player, body] : bodies(*store)) EXPECT_TRUE(rating(here, player).rank) << player;
}

TEST_F(ResultsTest, QueuesOfManyThreadsDoNotMeet) {
  std::atomic<size_t> refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 12; ++i) {
          const std::string id = std::to_string(t) + "/" + std::to_string(i);
          MatchResult result = duel(id, "p" + std::to_string(i % 6), "p" + std::to_string(6 + i % 6));
          result.queue = "q" + std::to_string((t + i) % 3);
          if (!run(here.results.settle("demo", std::move(result)))) ++refused;
        }
      });
    }
  }
  EXPECT_EQ(refused, 0u);
  for (const char* queue : {"q0", "q1", "q2"}) {
    const std::vector<Match> stored = matches(*store, queue);
    ASSERT_EQ(stored.size(), 16u);
    for (size_t i = 0; i < stored.size(); ++i) EXPECT_EQ(stored[i].applied, i + 1);
  }
}

}  // namespace
}  // namespace gamekeeper::play
