#include "play/friends/presences.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "flow/push.h"
#include "play/accounts/player.h"
#include "tests/support/documents/documents.h"
#include "tests/support/documents/passing_store.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;
using enum PresenceStatus;

constexpr int64_t kLinger = 3'000, kLife = 15'000;

/// Two processes on one store; ada has one friend, bob, who listens.
class PresencesTest : public ::testing::Test {
 protected:
  PresencesTest() {
    ear = broadcast->subscribe(flow::player_topic("demo", "bob", "friends"), [this](const auto& message) {
      const auto body = boost::json::parse(*message.body).as_object();
      const auto& data = body.at("data").as_object();
      EXPECT_EQ(body.at("type").as_string(), "presence");
      std::string line(data.at("player_id").as_string());
      line += ' ';
      line += std::string(data.at("status").as_string());
      if (data.at("session_id").is_string()) line += " " + std::string(data.at("session_id").as_string());
      heard.push_back(line);
    });
  }
  PresenceSources sources() {
    return {.friends_of = [](std::string, std::string player) { return friends_of(std::move(player)); },
            .session_of = [this](std::string, std::string player) { return session_of(std::move(player)); }};
  }
  static Task<Result<std::vector<std::string>>> friends_of(std::string player) {
    if (player == "ada") co_return std::vector<std::string>{"bob"};
    co_return std::vector<std::string>{};
  }
  Task<Result<std::string>> session_of(std::string player) { co_return sessions[player]; }
  void work(Presences& process) {
    auto done = run(process.run_once());
    ASSERT_TRUE(done) << done.error().message;
  }
  void pass(int64_t ms) {
    clock.advance(ms);
    work(here);
    work(there);
  }
  Presence shown(const std::string& player) {
    auto seen = run(there.shown("demo", player));
    GK_CHECK(seen.has_value(), "a presence is read");
    return *seen;
  }
  size_t places() { return *run(store->count(kPresenceProcesses, "until", {}, {})); }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  std::unique_ptr<ports::Broadcast> broadcast = test::make_broadcast();
  std::unique_ptr<ports::Broadcast::Subscription> ear;
  std::vector<std::string> heard;
  std::map<std::string, std::string> sessions;
  ManualClock clock{1'800'000'000'000};
  const PresenceOptions options{.life_ms = kLife, .linger_ms = kLinger, .is_alone = false};
  Presences here{*store, *broadcast, clock, sources(), options};
  Presences there{*store, *broadcast, clock, sources(), options};
};

TEST_F(PresencesTest, WhoComesAndGoesIsSeenAndHeardOf) {
  EXPECT_EQ(shown("ada"), Presence{}) << "never seen";
  here.arrived("demo", "ada");
  work(here);
  EXPECT_EQ(shown("ada").status, kOnline);
  here.arrived("demo", "ada");  // a second socket
  here.left("demo", "ada");
  pass(kLinger + 1);
  EXPECT_EQ(shown("ada").status, kOnline) << "one of two sockets is left";
  here.left("demo", "ada");
  const UnixMillis left = clock.now_ms();
  pass(kLinger - 1);
  EXPECT_EQ(shown("ada").status, kOnline) << "they may come back";
  pass(1);
  EXPECT_EQ(shown("ada"), (Presence{.last_seen = left}));
  EXPECT_EQ(heard, (std::vector<std::string>{"ada online", "ada offline"}));
}

TEST_F(PresencesTest, WhoOnlyConnectsAnewHasNotGone) {
  here.arrived("demo", "ada");
  work(here);
  here.left("demo", "ada");
  pass(kLinger / 2);
  here.arrived("demo", "ada");
  pass(kLinger * 2);
  EXPECT_EQ(shown("ada").status, kOnline);
  EXPECT_EQ(heard, std::vector<std::string>{"ada online"});
}

TEST_F(PresencesTest, AVisitTooShortToBeWrittenIsKnownAfterwards) {
  here.arrived("demo", "ada");
  here.left("demo", "ada");
  const UnixMillis left = clock.now_ms();
  work(here);
  pass(kLinger);
  EXPECT_EQ(shown("ada"), (Presence{.last_seen = left}));
}

TEST_F(PresencesTest, WhoCameAndWentWhileNothingCouldBeWrittenIsKnownToo) {
  here.arrived("demo", "ada");
  here.left("demo", "ada");
  const UnixMillis left = clock.now_ms();
  pass(kLinger);
  EXPECT_EQ(shown("ada"), (Presence{.last_seen = left}));
  EXPECT_EQ(heard, (std::vector<std::string>{"ada online", "ada offline"}));
}

TEST_F(PresencesTest, TwoProcessesHaveOnePlayer) {
  here.arrived("demo", "ada");
  there.arrived("demo", "ada");
  pass(1);
  here.left("demo", "ada");
  pass(kLinger);
  EXPECT_EQ(shown("ada").status, kOnline) << "the other process has a socket";
  there.left("demo", "ada");
  pass(kLinger);
  EXPECT_EQ(shown("ada").status, kOffline);
  EXPECT_EQ(heard, (std::vector<std::string>{"ada online", "ada offline"}));
}

TEST_F(PresencesTest, ADeadProcessLeavesNobodyOnline) {
  here.arrived("demo", "ada");
  work(here);
  clock.advance(kLife / 2);
  work(here);  // the last that is heard of it
  const UnixMillis last = clock.now_ms();
  clock.advance(kLife + 1);  // without a word of it
  EXPECT_EQ(shown("ada"), (Presence{.last_seen = last})) << "already before its seats are taken away";
  EXPECT_TRUE(heard.size() == 1);
  work(there);
  EXPECT_EQ(shown("ada"), (Presence{.last_seen = last}));
  EXPECT_EQ(heard, (std::vector<std::string>{"ada online", "ada offline"}));
  EXPECT_EQ(places(), 0u);
  EXPECT_EQ(*run(store->count(kPresences, "process", {}, {})), 0u);
}

TEST_F(PresencesTest, OfWhoIsErasedNothingIsKept) {
  ASSERT_TRUE(run(here.hide("demo", "ada", true)));
  ASSERT_TRUE(run(here.hide("other", "ada", true)));
  for (int times = 0; times < 2; ++times) ASSERT_TRUE(run(there.erase("demo", "ada")));
  EXPECT_FALSE(*run(store->get(kPresences, scoped("demo", "ada"))));
  EXPECT_TRUE(*run(store->get(kPresences, scoped("other", "ada")))) << "a player of another app";
}

TEST_F(PresencesTest, AnErasedPlayersSocketStillCloses) {
  here.arrived("demo", "ada");
  work(here);
  ASSERT_TRUE(run(there.erase("demo", "ada")));
  here.left("demo", "ada");
  pass(kLinger);
  EXPECT_EQ(shown("ada").status, kOffline);
  EXPECT_EQ(places(), 0u);
}

TEST_F(PresencesTest, WhoLivesRenewsAndWhoIsIdleHasNoPlace) {
  here.arrived("demo", "ada");
  for (int i = 0; i < 20; ++i) {
    pass(kLife / 4);
    EXPECT_EQ(shown("ada").status, kOnline) << i;
  }
  EXPECT_EQ(heard.size(), 1u);
  here.left("demo", "ada");
  pass(kLinger);
  pass(1);
  EXPECT_EQ(places(), 0u);
}

TEST_F(PresencesTest, BetweenRenewalsNothingIsWritten) {
  here.arrived("demo", "ada");
  work(here);
  const uint64_t before = *run(store->version());
  for (int i = 0; i < 4; ++i) pass(kLife / 16);
  EXPECT_EQ(*run(store->version()), before);
}

TEST_F(PresencesTest, WhoGoesTwiceHasTimeFromTheSecondTimeOn) {
  here.arrived("demo", "ada");
  work(here);
  here.left("demo", "ada");
  pass(kLinger - 1);
  here.arrived("demo", "ada");
  here.left("demo", "ada");
  const UnixMillis left = clock.now_ms();
  pass(kLinger - 1);
  EXPECT_EQ(shown("ada").status, kOnline) << "the first time is long ago, the second is not";
  pass(1);
  EXPECT_EQ(shown("ada"), (Presence{.last_seen = left}));
}

TEST_F(PresencesTest, TheEndOfWhoHidIsNotTold) {
  here.arrived("demo", "ada");
  work(here);
  ASSERT_TRUE(run(here.hide("demo", "ada", true)));
  const size_t before = heard.size();
  clock.advance(kLife + 1);
  work(there);  // takes the seats of the dead
  EXPECT_EQ(places(), 0u);
  EXPECT_EQ(heard.size(), before);
}

TEST(PresenceBook, NotesNoMoreThanItMay) {
  PresenceBook book(kLinger);
  for (size_t i = 0; i < PresenceBook::kNotedMax + 10; ++i) book.note({"demo", std::to_string(i)});
  EXPECT_EQ(book.take_noted(2 * PresenceBook::kNotedMax).size(), PresenceBook::kNotedMax);
}

TEST_F(PresencesTest, WhoWasTakenForDeadTakesItsSeatsAgain) {
  here.arrived("demo", "ada");
  work(here);
  clock.advance(kLife + 1);
  work(there);  // takes them away
  EXPECT_EQ(shown("ada").status, kOffline);
  work(here);   // finds that out by its next renewal
  work(here);
  EXPECT_EQ(shown("ada").status, kOnline);
  EXPECT_EQ(heard, (std::vector<std::string>{"ada online", "ada offline", "ada online"}));
  pass(kLife / 4);
  EXPECT_EQ(places(), 1u);
}

TEST_F(PresencesTest, AnEndWithoutAKillLeavesAtOnce) {
  here.arrived("demo", "ada");
  work(here);
  ASSERT_TRUE(run(here.leave_all()));
  EXPECT_EQ(shown("ada"), (Presence{.last_seen = clock.now_ms()}));
  EXPECT_EQ(places(), 0u);
  EXPECT_EQ(heard.back(), "ada offline");
}

TEST_F(PresencesTest, SessionsAreToldOfWhoIsThere) {
  sessions["ada"] = "s1";
  there.session_changed("demo", "ada");
  pass(1);
  EXPECT_TRUE(heard.empty()) << "ada has no socket";
  here.arrived("demo", "ada");
  pass(1);
  EXPECT_EQ(shown("ada"), (Presence{.status = kInSession, .session_id = "s1"}));
  sessions["ada"].clear();
  there.session_changed("demo", "ada");  // the process where it ended need not be that of the socket
  pass(1);
  EXPECT_EQ(heard, (std::vector<std::string>{"ada in_session s1", "ada online"}));
}

TEST_F(PresencesTest, WhoHidesIsOfflineToOthersAlone) {
  here.arrived("demo", "ada");
  sessions["ada"] = "s1";
  work(here);
  auto hidden = run(there.hide("demo", "ada", true));
  ASSERT_TRUE(hidden) << hidden.error().message;
  const UnixMillis at = clock.now_ms();
  EXPECT_EQ(hidden->status, kInSession) << "to themselves they are as they are";
  EXPECT_TRUE(hidden->is_hidden);
  pass(1000);
  EXPECT_EQ(shown("ada"), (Presence{.last_seen = at}));
  here.session_changed("demo", "ada");
  pass(1);
  here.left("demo", "ada");
  pass(kLinger);
  EXPECT_EQ(shown("ada"), (Presence{.last_seen = at})) << "when they have really gone is not told";
  here.arrived("demo", "ada");
  pass(1);
  EXPECT_EQ(heard, (std::vector<std::string>{"ada in_session s1", "ada offline"}));
  ASSERT_TRUE(run(here.hide("demo", "ada", false)));
  EXPECT_EQ(shown("ada").status, kInSession);
  EXPECT_EQ(heard.back(), "ada in_session s1");
  const size_t before = heard.size();
  ASSERT_TRUE(run(here.hide("demo", "ada", false)));
  EXPECT_EQ(heard.size(), before);
}

/// A store whose commits fail for a while.
struct Failing : test::PassingStore {
  using PassingStore::PassingStore;
  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    if (fails) co_return fail(ErrorKind::kUnavailable, "storage_unavailable", "No answer.");
    co_return co_await store_.commit(std::move(set));
  }
  bool fails = true;
};

TEST_F(PresencesTest, WhatCouldNotBeWrittenIsWrittenLater) {
  Failing failing(*store);
  Presences weak{failing, *broadcast, clock, sources(), options};
  weak.arrived("demo", "ada");
  EXPECT_FALSE(run(weak.run_once()));
  EXPECT_EQ(shown("ada").status, kOffline);
  failing.fails = false;
  work(weak);
  EXPECT_EQ(shown("ada").status, kOnline);
  weak.left("demo", "ada");
  clock.advance(kLinger);
  failing.fails = true;
  EXPECT_FALSE(run(weak.run_once()));
  failing.fails = false;
  work(weak);
  EXPECT_EQ(shown("ada").status, kOffline);
  EXPECT_EQ(heard, (std::vector<std::string>{"ada online", "ada offline"}));
}

TEST_F(PresencesTest, ManyComeAtOnce) {
  for (int i = 0; i < 230; ++i) here.arrived("demo", "p" + std::to_string(i));
  here.arrived("demo", "ada");
  work(here);
  EXPECT_EQ(*run(store->count(kPresences, "process", {}, {})), 231u);
  clock.advance(kLife + 1);
  work(there);
  EXPECT_EQ(*run(store->count(kPresences, "process", {}, {})), 0u);
}

}  // namespace
}  // namespace gamekeeper::play
