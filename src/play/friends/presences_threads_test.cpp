#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "flow/push.h"
#include "play/friends/presences.h"
#include "tests/support/documents/documents.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;

constexpr int kThreads = 4, kPlayersEach = 8, kVisits = 25;

Task<Result<std::vector<std::string>>> only_bob() { co_return std::vector<std::string>{"bob"}; }
Task<Result<std::string>> session_of_some(std::string player) { co_return player.back() == '2' ? "s" : ""; }

/// Sockets, sessions and readers on many threads, as in a server, while one thread writes. What is asserted holds however
/// they meet; what they may not share is for ThreadSanitizer to see.
TEST(PresencesThreads, WhoStayedIsThereAndWhoLeftIsNot) {
  test::TempDir folder;
  const auto store = test::open_documents(folder.path());
  const auto broadcast = test::make_broadcast();
  std::atomic<size_t> heard = 0, failed = 0;
  std::atomic<bool> is_over = false;
  const auto ear = broadcast->subscribe(flow::player_topic("demo", "bob", "friends"), [&](const auto&) { ++heard; });
  ManualClock clock{1'800'000'000'000};
  Presences here{*store,
                 *broadcast,
                 clock,
                 {.friends_of = [](std::string, std::string) { return only_bob(); },
                  .session_of = [](std::string, std::string player) { return session_of_some(std::move(player)); }},
                 {.linger_ms = 0}};
  const auto name = [](int thread, int player) { return "t" + std::to_string(thread) + "p" + std::to_string(player); };
  {
    std::vector<std::jthread> sockets;
    std::jthread writer([&] {
      while (!is_over) {
        const auto done = run(here.run_once());
        if (!done && done.error().kind != ErrorKind::kOverloaded) ++failed;  // those are tried again
      }
    });
    for (int t = 0; t < kThreads; ++t) {
      sockets.emplace_back([&, t] {
        for (int visit = 0; visit < kVisits; ++visit) {
          for (int p = 0; p < kPlayersEach; ++p) {
            here.arrived("demo", name(t, p));
            here.session_changed("demo", name(t, p));
            here.left("demo", name(t, p));
          }
          if (!run(here.read("demo", name((t + 1) % kThreads, visit % kPlayersEach)))) ++failed;
          const auto hidden = run(here.hide("demo", name(t, 0), visit % 2 == 0));
          if (!hidden && hidden.error().kind != ErrorKind::kOverloaded) ++failed;
        }
        for (int p = 0; p < kPlayersEach; p += 2) here.arrived("demo", name(t, p));
      });
    }
    for (std::jthread& socket : sockets) socket.join();
    is_over = true;
  }
  ASSERT_TRUE(run(here.run_once()));
  EXPECT_EQ(failed, 0u);
  EXPECT_GT(heard, 0u);
  for (int t = 0; t < kThreads; ++t) {
    for (int p = 0; p < kPlayersEach; ++p) {
      const auto seen = run(here.read("demo", name(t, p)));
      ASSERT_TRUE(seen);
      const PresenceStatus there = p == 2 ? PresenceStatus::kInSession : PresenceStatus::kOnline;
      EXPECT_EQ(seen->status, p % 2 == 0 ? there : PresenceStatus::kOffline) << name(t, p);
    }
  }
}

}  // namespace
}  // namespace gamekeeper::play
