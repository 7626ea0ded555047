#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "play/accounts/player.h"
#include "play/matchmaking/matchmaker.h"
#include "tests/support/documents/documents.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;

constexpr int kComers = 4, kPlayersOfEach = 6;

/// The matchmaker on its own thread while players come, look and go on others, as in a server. What is asserted holds
/// however they meet; what they may not share is for ThreadSanitizer to see.
TEST(MatchmakerThreads, EverybodyEndsInOneMatch) {
  test::TempDir folder;
  const auto store = test::open_documents(folder.path());
  const auto broadcast = test::make_broadcast();
  const auto pool = test::make_ticket_pool();
  const SystemClock clock;
  Metrics metrics;
  Queues queues{*store, clock};
  Sessions sessions{*store, *broadcast, clock};
  MatchQueue queue{{*store, *pool, queues, sessions, broadcast.get()}, clock};
  Matchmaker maker{{*store, *pool, queues, queue, sessions, broadcast.get()},
                   clock,
                   {.tick = std::chrono::milliseconds(5)},
                   metrics};
  const auto name = [](int comer, int n) { return "p" + std::to_string(comer) + "/" + std::to_string(n); };
  for (int comer = 0; comer < kComers; ++comer) {
    for (int n = 0; n < kPlayersOfEach; ++n) {
      ports::WriteSet set;
      set.puts.push_back(put_of(Player{.app = "demo", .id = name(comer, n)}));
      ASSERT_TRUE(run(store->commit(std::move(set))));
    }
  }
  maker.start();
  std::atomic<size_t> failed = 0;
  {
    std::vector<std::jthread> comers;
    for (int comer = 0; comer < kComers; ++comer) {
      comers.emplace_back([&, comer] {
        for (int n = 0; n < kPlayersOfEach; ++n) {
          const std::string player = name(comer, n);
          if (!run(queue.join("demo", {.queue = "duel", .players = {player}}))) ++failed;
          maker.pool_lost();
          // Who leaves in time comes again.
          if (n % 3 == 2 && run(queue.leave("demo", player)) &&
              !run(queue.join("demo", {.queue = "duel", .players = {player}})))
            ++failed;
        }
        for (int n = 0; n < kPlayersOfEach; ++n) {
          for (;;) {
            const auto view = run(queue.status("demo", name(comer, n)));
            if (!view) ++failed;
            if (!view || view->ticket.match) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
          }
        }
      });
    }
  }
  maker.stop();
  ASSERT_EQ(failed, 0u);
  std::map<std::string, std::set<std::string>> matches;
  for (int comer = 0; comer < kComers; ++comer) {
    for (int n = 0; n < kPlayersOfEach; ++n) {
      const TicketMatch match = *run(queue.status("demo", name(comer, n)))->ticket.match;
      matches[match.match_id].insert(name(comer, n));
      const auto session = run(sessions.read("demo", match.session_id));
      ASSERT_TRUE(session);
      EXPECT_TRUE(session->has(name(comer, n)));
      EXPECT_EQ(session->players.size(), 2u);
    }
  }
  EXPECT_EQ(matches.size(), size_t{kComers} * kPlayersOfEach / 2);
  for (const auto& [id, players] : matches) EXPECT_EQ(players.size(), 2u) << id;
}

}  // namespace
}  // namespace gamekeeper::play
