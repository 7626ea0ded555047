#include "play/sessions/sessions.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <utility>

#include "events/event.h"
#include "flow/push.h"
#include "play/sessions/session_endings.h"
#include "tests/support/documents/documents.h"
#include "tests/support/documents/passing_store.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using enum SessionStatus;
using test::run;

constexpr int64_t kGrace = 60'000, kSilence = 6 * 3'600'000;

/// Another process acts between what a call reads and what it writes.
struct SessionCrossing : test::PassingStore {
  using PassingStore::PassingStore;
  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    if (auto first = std::exchange(meanwhile, nullptr)) co_await first();
    co_return co_await store_.commit(std::move(set));
  }
  std::function<Task<void>()> meanwhile;
};

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() {
    for (const char* name : {"ada", "bob"}) {
      ports::WriteSet set;
      set.puts.push_back(put_of(Player{.app = "demo", .id = name, .username = name, .username_folded = name}));
      GK_CHECK(run(store->commit(std::move(set))).has_value(), "a player is made");
    }
  }
  Session made(NewSession wanted = {.players = {"ada", "bob"}, .mode = "duel"}) {
    auto s = run(sessions.create("demo", std::move(wanted)));
    GK_CHECK(s.has_value(), "a session is made");
    return *s;
  }
  Result<Session> become(const Session& s, SessionStatus to) {
    return run(sessions.change("demo", s.id, {.status = to}, std::nullopt));
  }
  Session playing() {
    const Session s = made();
    GK_CHECK(become(s, kActive).has_value(), "it begins");
    return s;
  }
  Session now(const Session& s) { return *run(sessions.read("demo", s.id)); }
  PlayerStats stats(const char* player) {
    auto document = *run(store->get(kStats, scoped("demo", player)));
    return document ? *read_stats(*document) : PlayerStats{};
  }
  /// The facts on the outbox: name, and seconds played where it says them.
  std::vector<std::string> facts() {
    std::vector<std::string> out;
    const auto entries = *run(store->outbox(1000));
    for (const ports::OutboxEntry& entry : entries) {
      events::RowReader reader(entry.fact.body);
      events::EventView fact;
      while (reader.next(fact)) {
        out.emplace_back(fact.name);
        const auto properties = boost::json::parse(fact.properties).as_object();
        if (const auto* seconds = properties.if_contains("seconds_played"))
          out.back() += " " + boost::json::serialize(*seconds);
      }
    }
    return out;
  }
  static std::string code(const Result<Session>& s) { return s ? "" : s.error().code; }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  std::unique_ptr<ports::Broadcast> broadcast = test::make_broadcast();
  ManualClock clock{1'800'000'000'000};
  std::vector<std::string> heard;  // statuses of sessions that were made or are over
  SessionOptions options{.grace_ms = kGrace, .silence_ms = kSilence, .changed = [this](const Session& s) {
                           heard.emplace_back(name_of(s.status));
                         }};
  Sessions sessions{*store, *broadcast, clock, options};
};

TEST(SessionStatuses, FollowOneAnotherAsIsWrittenAndNoOtherWay) {
  const std::pair<SessionStatus, std::vector<SessionStatus>> ways[] = {{kWaiting, {kActive, kCancelled}},
                                                                       {kActive, {kPaused, kCompleted, kAbandoned}},
                                                                       {kPaused, {kActive, kCompleted, kAbandoned}},
                                                                       {kCompleted, {}},
                                                                       {kAbandoned, {}},
                                                                       {kCancelled, {}}};
  for (const auto& [from, next] : ways) {
    EXPECT_EQ(is_over(from), next.empty()) << name_of(from);
    EXPECT_EQ(status_of(name_of(from)), from);
    for (const auto& [to, unused] : ways)
      EXPECT_EQ(check_transition(from, to).has_value(), std::ranges::find(next, to) != next.end())
          << name_of(from) << " -> " << name_of(to);
  }
  EXPECT_FALSE(status_of("won"));
}

TEST(SessionHistory, KeepsTheFirstTenAndTheNewest) {
  Session s;
  for (int i = 0; i < 250; ++i) s.note(i, "e" + std::to_string(i));
  ASSERT_EQ(s.history.size(), Session::kHistoryMax);
  EXPECT_EQ(s.history[9].event, "e9");
  EXPECT_EQ(s.history[10].event, "e60");
  EXPECT_EQ(s.history.back().event, "e249");
}

TEST_F(SessionsTest, PlayedIsTheTimeWithoutPausesAndCountedOnce) {
  const Session s = playing();
  clock.advance(5'000);
  ASSERT_TRUE(become(s, kPaused));
  clock.advance(60'000);
  ASSERT_TRUE(become(s, kActive));
  clock.advance(2'500);
  auto over = become(s, kCompleted);
  ASSERT_TRUE(over) << over.error().message;
  EXPECT_EQ(over->seconds_played(), 7);
  EXPECT_EQ(over->updated_at, clock.now_ms());
  for (int times = 0; times < 2; ++times) ASSERT_TRUE(run(sessions.remove("demo", s.id)));
  for (const char* player : {"ada", "bob"}) {
    EXPECT_EQ(stats(player).sessions_played, 1) << player;
    EXPECT_EQ(stats(player).seconds_played, 7) << player;
  }
  EXPECT_EQ(now(s).version, over->version + 1) << "who frees it again writes nothing";
  EXPECT_EQ(facts(), (std::vector<std::string>{"session.created", "session.updated", "session.updated",
                                               "session.updated", "session.ended 7"}));
  EXPECT_EQ(heard, (std::vector<std::string>{"waiting", "completed", "completed"}));
}

TEST_F(SessionsTest, WhatNeverBeganCountsForNobodyAndItsMatchIsTakenBack) {
  const Session s = made({.players = {"ada"}, .mode = "duel", .match_id = "m1"});
  auto gone = run(sessions.remove("demo", s.id));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->status, kCancelled);
  EXPECT_EQ(stats("ada").sessions_played, 0);
  EXPECT_EQ(facts(), (std::vector<std::string>{"session.created", "session.ended 0", "match.cancelled 0"}));
}

TEST_F(SessionsTest, ACallSaysWhichVersionItMeansAndWhatIsOverStaysSo) {
  const Session s = made();
  ASSERT_TRUE(run(sessions.change("demo", s.id, {.state = boost::json::object{{"n", 1}}}, s.version)));
  auto stale = run(sessions.change("demo", s.id, {.state = boost::json::object{{"n", 2}}}, s.version));
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().kind, ErrorKind::kStale);
  EXPECT_EQ(stale.error().limit, std::to_string(s.version + 1));
  EXPECT_EQ(now(s).state, (boost::json::object{{"n", 1}}));
  ASSERT_TRUE(become(s, kCancelled));
  EXPECT_EQ(code(run(sessions.change("demo", s.id, {.event = "goal"}, std::nullopt))), "session_over");
  EXPECT_EQ(code(become(s, kCancelled)), "session_over") << "nor is it cancelled twice";
  EXPECT_EQ(code(run(sessions.heartbeat("demo", s.id, "ada"))), "session_over");
  EXPECT_EQ(code(run(sessions.rejoin("demo", s.id, "ada"))), "session_over");
}

TEST_F(SessionsTest, ASessionIsOfDifferentPlayersWithTheirTeams) {
  EXPECT_EQ(code(run(sessions.create("demo", {.players = {"ada", "ada"}}))), "duplicate_player");
  EXPECT_EQ(code(run(sessions.create("demo", {.players = {}}))), "bad_value");
  EXPECT_EQ(code(run(sessions.create("demo", {.players = {"ada", "nobody"}}))), "not_found");
  const Session s = made({.players = {"ada", "bob"}, .mode = "duel", .teams = {1, 0}});
  EXPECT_EQ(now(s).players[0].team, 1);
  EXPECT_EQ(now(s).players[1].team, 0);
}

TEST_F(SessionsTest, SilenceEndsASessionAndASignOfLifePutsThatOff) {
  const Session waiting = made(), played = playing();
  clock.advance(kSilence);
  EXPECT_EQ(*run(sessions.sweep()), 0u);
  ASSERT_TRUE(run(sessions.change("demo", waiting.id, {.event = "still here"}, std::nullopt)));
  clock.advance(1);
  EXPECT_EQ(*run(sessions.sweep()), 1u);
  EXPECT_EQ(now(played).status, kAbandoned);
  EXPECT_EQ(now(played).history.back().event, "silent");
  EXPECT_EQ(now(waiting).status, kWaiting) << "it has spoken";
  clock.advance(kSilence - 1);
  EXPECT_EQ(*run(sessions.sweep()), 0u);
  clock.advance(1);
  EXPECT_EQ(*run(sessions.sweep()), 1u);
  EXPECT_EQ(now(waiting).status, kCancelled) << "it never began";
  EXPECT_EQ(*run(sessions.sweep()), 0u) << "what is over is silent for good";
  EXPECT_EQ(stats("ada").sessions_played, 1);
}

TEST_F(SessionsTest, WhoseHeartIsHeardHasAMinute) {
  const Session s = playing();
  EXPECT_EQ(code(run(sessions.heartbeat("demo", s.id, "eve"))), "not_found");
  EXPECT_EQ(code(run(sessions.rejoin("demo", s.id, "eve"))), "not_found");
  auto first = run(sessions.heartbeat("demo", s.id, "ada"));
  ASSERT_TRUE(first);
  clock.advance(kGrace / 8);
  ASSERT_TRUE(run(sessions.heartbeat("demo", s.id, "bob")));
  EXPECT_EQ(now(s).version, first->version) << "one write a quarter of the grace is enough";
  clock.advance(kGrace / 2);
  ASSERT_TRUE(run(sessions.heartbeat("demo", s.id, "bob")));
  EXPECT_EQ(now(s).version, first->version + 1);
  clock.advance(kGrace);
  EXPECT_EQ(*run(sessions.sweep()), 0u);
  ASSERT_TRUE(run(sessions.rejoin("demo", s.id, "bob")));
  clock.advance(kGrace);
  EXPECT_EQ(*run(sessions.sweep()), 0u) << "coming back is a sign of life, too";
  clock.advance(1);
  EXPECT_EQ(*run(sessions.sweep()), 1u);
  EXPECT_EQ(now(s).status, kAbandoned);
}

TEST_F(SessionsTest, WhoListensHearsOfChangesAndNotOfHeartbeats) {
  const Session s = playing();
  std::vector<std::string> states;
  auto ear = broadcast->subscribe(flow::session_topic("demo", s.id), [&states](const auto& message) {
    const auto body = boost::json::parse(*message.body).as_object();
    states.emplace_back(body.at("data").as_object().at("status").as_string());
  });
  ASSERT_TRUE(run(sessions.heartbeat("demo", s.id, "ada")));
  EXPECT_TRUE(states.empty());
  ASSERT_TRUE(become(s, kPaused));
  EXPECT_EQ(states, std::vector<std::string>{"paused"});
}

TEST_F(SessionsTest, ACallThatMeetsAnotherIsMadeAnewOnWhatThatLeft) {
  const Session s = playing();
  SessionCrossing crossing(*store);
  Sessions slower{crossing, *broadcast, clock, {}};
  crossing.meanwhile = [&]() -> Task<void> {
    SessionChange goal{.event = "goal"};
    GK_CHECK((co_await sessions.change("demo", s.id, std::move(goal), std::nullopt)).has_value(), "a goal");
  };
  auto after = run(slower.change("demo", s.id, {.event = "foul"}, std::nullopt));
  ASSERT_TRUE(after) << after.error().message;
  ASSERT_GE(after->history.size(), 2u);
  EXPECT_EQ(after->history[after->history.size() - 2].event, "goal");
  EXPECT_EQ(after->history.back().event, "foul");
}

TEST_F(SessionsTest, WhoSpeaksWhileTheSweepIsOnItsWayLives) {
  const Session s = playing();
  clock.advance(kSilence + 1);
  SessionCrossing crossing(*store);
  Sessions sweeper{crossing, *broadcast, clock, {}};
  crossing.meanwhile = [&]() -> Task<void> {
    GK_CHECK((co_await sessions.heartbeat("demo", s.id, "ada")).has_value(), "a sign of life");
  };
  EXPECT_EQ(*run(sweeper.sweep()), 0u);
  EXPECT_EQ(now(s).status, kActive);
}

TEST_F(SessionsTest, SessionsThatEndTogetherAreCountedTogether) {
  const Session one = playing(), two = playing(), waiting = made();
  clock.advance(3'000);
  SessionEndings endings(*store);
  for (const auto& [s, ends] : {std::pair(one, true), std::pair(two, true), std::pair(waiting, false)}) {
    auto done = run(endings.complete("demo", s.id, clock.now_ms()));
    ASSERT_TRUE(done);
    EXPECT_EQ(*done, ends);
  }
  EXPECT_FALSE(*run(endings.complete("demo", one.id, clock.now_ms()))) << "it is over in this set already";
  ports::WriteSet set;
  endings.put_into(set);
  ASSERT_TRUE(run(store->commit(std::move(set))));
  EXPECT_EQ(now(one).status, kCompleted);
  EXPECT_EQ(now(waiting).status, kWaiting);
  EXPECT_EQ(stats("ada").sessions_played, 2);
  EXPECT_EQ(stats("bob").seconds_played, 6);
}

}  // namespace
}  // namespace gamekeeper::play
