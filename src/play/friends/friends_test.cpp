#include "play/friends/friends.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>
#include <set>

#include "events/event.h"
#include "flow/push.h"
#include "play/accounts/player.h"
#include "tests/support/documents/documents.h"
#include "tests/support/documents/passing_store.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using enum FriendAct;
using test::run;

class FriendsTest : public ::testing::Test {
 protected:
  FriendsTest() {
    for (const char* name : {"ada", "bob", "cy", "a/b"}) make(name);
  }
  void make(const std::string& id, const std::string& app = "demo") {
    ports::WriteSet set;
    set.puts.push_back(put_of(Player{.app = app, .id = id, .username = id, .username_folded = id}));
    GK_CHECK(run(store->commit(std::move(set))).has_value(), "a player is made");
  }
  Result<FriendTie> act(const std::string& player, const std::string& other, FriendAct what) {
    return run(friends.act("demo", player, other, what));
  }
  void befriend(const std::string& a, const std::string& b) {
    ASSERT_TRUE(act(a, b, kAsk));
    ASSERT_TRUE(act(b, a, kAccept));
  }
  std::string code(const std::string& player, const std::string& other, FriendAct what) {
    auto done = act(player, other, what);
    return done ? "" : done.error().code;
  }
  Relation relation(const std::string& player, const std::string& other) {
    return *run(friends.relation("demo", player, other));
  }
  std::vector<std::string> ids(const std::string& player, Relation relation) {
    std::vector<std::string> out;
    std::string cursor;
    do {
      auto page = run(friends.list("demo", player, relation, 2, cursor));
      GK_CHECK(page.has_value(), "a list is read");
      for (const FriendTie& tie : page->items) {
        EXPECT_EQ(tie.relation, relation);
        out.push_back(tie.player_id);
      }
      cursor = page->next_cursor;
    } while (!cursor.empty());
    return out;
  }
  /// Names of the facts on the outbox, in order, with whom they stand under.
  std::vector<std::string> facts() {
    std::vector<std::string> out;
    for (const ports::OutboxEntry& entry : *run(store->outbox(1000))) {
      events::RowReader reader(entry.fact.body);
      events::EventView fact;
      while (reader.next(fact)) out.push_back(std::string(fact.player_id) + " " + std::string(fact.name));
    }
    return out;
  }
  FriendCounts counts(const std::string& player) {
    auto document = *run(store->get(kFriendCounts, scoped("demo", player)));
    return document ? *read_friend_counts(*document) : FriendCounts{};
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  std::unique_ptr<ports::Broadcast> broadcast = test::make_broadcast();
  ManualClock clock{1'800'000'000'000};
  FriendLimits limits{.friends_max = 3, .sent_max = 2, .received_max = 2, .blocked_max = 2};
  Friends friends{*store, *broadcast, clock, limits};
};

TEST_F(FriendsTest, ARequestIsAcceptedAndBothHaveAFriend) {
  auto asked = act("ada", "bob", kAsk);
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(asked->relation, Relation::kSent);
  EXPECT_EQ(asked->since, clock.now_ms());
  EXPECT_EQ(ids("bob", Relation::kReceived), std::vector<std::string>{"ada"});
  EXPECT_EQ(ids("ada", Relation::kSent), std::vector<std::string>{"bob"});
  EXPECT_TRUE(ids("ada", Relation::kFriend).empty()) << "asking is not enough";
  clock.advance(1000);
  auto accepted = act("bob", "ada", kAccept);
  ASSERT_TRUE(accepted) << accepted.error().message;
  EXPECT_EQ(accepted->since, clock.now_ms());
  EXPECT_EQ(ids("ada", Relation::kFriend), std::vector<std::string>{"bob"});
  EXPECT_EQ(ids("bob", Relation::kFriend), std::vector<std::string>{"ada"});
  EXPECT_TRUE(ids("bob", Relation::kReceived).empty());
  EXPECT_EQ(facts(), (std::vector<std::string>{"ada player.friend_requested", "bob player.friend_added"}));
}

TEST_F(FriendsTest, RepeatsChangeNothingAndSayNothingAgain) {
  befriend("ada", "bob");
  const size_t before = facts().size();
  for (const auto& [who, whom, what] : {std::tuple("ada", "bob", kAsk), std::tuple("bob", "ada", kAccept),
                                        std::tuple("ada", "bob", kAccept), std::tuple("ada", "bob", kUnblock),
                                        std::tuple("ada", "cy", kUnfriend), std::tuple("ada", "cy", kDropRequest)}) {
    auto again = act(who, whom, what);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_FALSE(again->is_new);
  }
  EXPECT_EQ(facts().size(), before);
}

TEST_F(FriendsTest, TwoWhoAskEachOtherAreFriends) {
  ASSERT_TRUE(act("ada", "bob", kAsk));
  EXPECT_EQ(act("bob", "ada", kAsk)->relation, Relation::kFriend);
  EXPECT_EQ(relation("ada", "bob"), Relation::kFriend);
}

TEST_F(FriendsTest, OnlyWhoWasAskedAccepts) {
  EXPECT_EQ(code("ada", "bob", kAccept), "no_request");
  ASSERT_TRUE(act("ada", "bob", kAsk));
  EXPECT_EQ(code("ada", "bob", kAccept), "no_request");
  ASSERT_TRUE(act("bob", "ada", kDropRequest));
  EXPECT_EQ(code("bob", "ada", kAccept), "no_request");
  EXPECT_EQ(relation("ada", "bob"), Relation::kNone);
  EXPECT_EQ(facts().back(), "bob player.friend_declined");
  ASSERT_TRUE(act("ada", "bob", kAsk));
  ASSERT_TRUE(act("ada", "bob", kDropRequest));
  EXPECT_EQ(facts().back(), "ada player.friend_cancelled");
}

TEST_F(FriendsTest, ABlockEndsWhatWasAndLetsNobodyAsk) {
  befriend("ada", "bob");
  ASSERT_TRUE(act("bob", "ada", kBlock));
  EXPECT_EQ(relation("bob", "ada"), Relation::kBlocked);
  EXPECT_EQ(relation("ada", "bob"), Relation::kNone) << "who is blocked is not told";
  EXPECT_EQ(code("ada", "bob", kAsk), "blocked");
  EXPECT_EQ(code("bob", "ada", kAsk), "unblock_first");
  ASSERT_TRUE(act("ada", "bob", kBlock)) << "both may";
  ASSERT_TRUE(act("bob", "ada", kUnblock));
  EXPECT_EQ(code("bob", "ada", kAsk), "blocked") << "the other's block holds";
  ASSERT_TRUE(act("ada", "bob", kUnblock));
  EXPECT_FALSE(*run(store->get(kFriendPairs, friend_pair_id("demo", "ada", "bob")))) << "nothing is left of it";
  EXPECT_TRUE(act("ada", "bob", kAsk));
}

TEST_F(FriendsTest, LimitsHoldForBothSides) {
  for (const char* name : {"d", "e", "f", "g"}) make(name);
  ASSERT_TRUE(act("ada", "bob", kAsk));
  ASSERT_TRUE(act("ada", "cy", kAsk));
  auto refused = act("ada", "d", kAsk);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code + " " + refused.error().field + " " + refused.error().limit, "too_many_requests id 2");
  ASSERT_TRUE(act("ada", "cy", kDropRequest));
  EXPECT_TRUE(act("ada", "d", kAsk)) << "there is room again";
  ASSERT_TRUE(act("e", "bob", kAsk));
  EXPECT_EQ(act("f", "bob", kAsk).error().field, "other") << "bob is asked by two";
  for (const char* name : {"d", "e", "f"}) befriend("cy", name);
  EXPECT_EQ(act("cy", "g", kAsk).error().code, "too_many_friends");
  EXPECT_EQ(act("g", "cy", kAsk).error().field, "other");
  ASSERT_TRUE(act("cy", "d", kUnfriend));
  EXPECT_TRUE(act("g", "cy", kAsk));
  ASSERT_TRUE(act("bob", "d", kBlock));
  ASSERT_TRUE(act("bob", "e", kBlock));
  EXPECT_EQ(act("bob", "f", kBlock).error().code, "too_many_blocked");
}

TEST_F(FriendsTest, WhoIsNotThereIsNobodysFriend) {
  make("eve", "other");
  EXPECT_EQ(code("ada", "nobody", kAsk), "not_found");
  EXPECT_EQ(code("ada", "eve", kAsk), "not_found") << "a player of another game";
  EXPECT_EQ(code("nobody", "ada", kAsk), "not_found");
  EXPECT_EQ(code("ada", "nobody", kUnfriend), "not_found");
  EXPECT_EQ(code("ada", "ada", kAsk), "yourself");
  EXPECT_EQ(run(friends.ask_by_name("demo", "ada", "nobody")).error().field, "username");
  EXPECT_EQ(run(friends.ask_by_name("demo", "ada", "BOB"))->player_id, "bob");
  EXPECT_EQ(run(friends.list("demo", "nobody", Relation::kFriend, 10, "")).error().kind, ErrorKind::kNotFound);
}

TEST_F(FriendsTest, IdsThatBeginAlikeDoNotMeet) {
  make("a");
  befriend("a/b", "bob");
  EXPECT_TRUE(ids("a", Relation::kFriend).empty());
  EXPECT_EQ(ids("a/b", Relation::kFriend), std::vector<std::string>{"bob"});
}

TEST_F(FriendsTest, BothHearOfItAndABlockIsNotTold) {
  std::vector<std::string> heard;
  std::vector<std::unique_ptr<ports::Broadcast::Subscription>> ears;
  for (const std::string name : {"ada", "bob"})
    ears.push_back(broadcast->subscribe(flow::player_topic("demo", name, "friends"), [&, name](const auto& message) {
      const auto body = boost::json::parse(*message.body).as_object();
      const auto& data = body.at("data").as_object();
      heard.push_back(name + " " + std::string(body.at("type").as_string()) + " " +
                      std::string(data.at("player_id").as_string()) + " " +
                      std::string(data.at("relation").as_string()));
    }));
  befriend("ada", "bob");
  ASSERT_TRUE(act("bob", "ada", kBlock));
  ASSERT_TRUE(act("bob", "ada", kUnblock));
  EXPECT_EQ(heard, (std::vector<std::string>{"ada friend_changed bob sent", "bob friend_changed ada received",
                                             "ada friend_changed bob friend", "bob friend_changed ada friend",
                                             "ada friend_changed bob none", "bob friend_changed ada blocked",
                                             "bob friend_changed ada none"}));
}

/// Another process acts between what a call reads and what it writes.
struct Crossing : test::PassingStore {
  using PassingStore::PassingStore;
  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    if (auto first = std::exchange(meanwhile, nullptr)) co_await first();
    co_return co_await store_.commit(std::move(set));
  }
  std::function<Task<void>()> meanwhile;
};

TEST_F(FriendsTest, WhoMeetsAnotherCallDecidesAnew) {
  Crossing crossing(*store);
  Friends slower{crossing, *broadcast, clock, limits};
  ASSERT_TRUE(act("ada", "bob", kAsk));
  // Bob declines while ada takes her request back, and goes on.
  crossing.meanwhile = [this]() -> Task<void> {
    GK_CHECK((co_await friends.act("demo", "bob", "ada", kDropRequest)).has_value(), "declined");
    GK_CHECK((co_await friends.act("demo", "bob", "cy", kAsk)).has_value(), "asked");
  };
  auto done = run(slower.act("demo", "ada", "bob", kDropRequest));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(done->is_new) << "there was nothing left to take back";
  EXPECT_EQ(counts("ada").sent, 0);
  EXPECT_EQ(counts("bob").received, 0);
  EXPECT_EQ(counts("bob").sent, 1);
}

TEST_F(FriendsTest, TheLastPlaceIsTakenOnce) {
  for (const char* name : {"d", "e", "f", "g"}) make(name);
  befriend("ada", "d");
  befriend("ada", "e");
  ASSERT_TRUE(act("f", "ada", kAsk));
  ASSERT_TRUE(act("g", "ada", kAsk));
  Crossing crossing(*store);
  Friends slower{crossing, *broadcast, clock, limits};
  crossing.meanwhile = [this]() -> Task<void> {
    GK_CHECK((co_await friends.act("demo", "ada", "f", kAccept)).has_value(), "accepted");
  };
  EXPECT_EQ(run(slower.act("demo", "ada", "g", kAccept)).error().code, "too_many_friends");
  EXPECT_EQ(counts("ada").friends, 3);
}

TEST_F(FriendsTest, OfWhoIsErasedNothingIsKeptAndOthersHaveRoomAgain) {
  for (const char* name : {"d", "e"}) make(name);
  befriend("ada", "bob");
  ASSERT_TRUE(act("ada", "cy", kAsk));
  ASSERT_TRUE(act("d", "ada", kAsk));
  ASSERT_TRUE(act("ada", "e", kBlock));
  befriend("bob", "cy");
  for (int times = 0; times < 2; ++times) ASSERT_TRUE(run(friends.erase("demo", "ada")));
  for (const char* name : {"bob", "cy", "d", "e"}) EXPECT_EQ(relation(name, "ada"), Relation::kNone) << name;
  EXPECT_FALSE(*run(store->get(kFriendCounts, scoped("demo", "ada"))));
  EXPECT_EQ(counts("bob").friends, 1) << "cy is left";
  EXPECT_EQ(counts("cy").received, 0);
  EXPECT_EQ(counts("d").sent, 0);
  EXPECT_EQ(ids("bob", Relation::kFriend), std::vector<std::string>{"cy"});
}

TEST_F(FriendsTest, WithWhoIsNoLongerThereWhatWasCanBeEnded) {
  befriend("ada", "bob");
  ASSERT_TRUE(act("ada", "cy", kBlock));
  ports::WriteSet set;
  for (const char* gone : {"bob", "cy"})
    set.puts.push_back({.collection = kPlayers, .id = scoped("demo", gone), .remove = true});
  ASSERT_TRUE(run(store->commit(std::move(set))));
  EXPECT_EQ(code("ada", "bob", kUnfriend), "");
  EXPECT_EQ(code("ada", "cy", kUnblock), "");
  EXPECT_EQ(code("ada", "bob", kAsk), "not_found");
}

TEST_F(FriendsTest, CountsAreWhatTheListsHoldWhateverHappens) {
  const std::vector<std::string> names{"ada", "bob", "cy", "a/b"};
  std::mt19937 random(7);
  for (int i = 0; i < 600; ++i) {
    const std::string &who = names[random() % 4], &whom = names[random() % 4];
    (void)act(who, whom, static_cast<FriendAct>(random() % 6));
  }
  for (const std::string& name : names) {
    const FriendCounts c = counts(name);
    EXPECT_EQ(ids(name, Relation::kFriend).size(), static_cast<size_t>(c.friends)) << name;
    EXPECT_EQ(ids(name, Relation::kSent).size(), static_cast<size_t>(c.sent)) << name;
    EXPECT_EQ(ids(name, Relation::kReceived).size(), static_cast<size_t>(c.received)) << name;
    EXPECT_EQ(ids(name, Relation::kBlocked).size(), static_cast<size_t>(c.blocked)) << name;
    EXPECT_EQ(*run(friends.ids_of("demo", name)), [&] {
      auto newest = ids(name, Relation::kFriend);
      std::ranges::reverse(newest);
      return newest;
    }());
    for (const std::string& other : ids(name, Relation::kFriend)) EXPECT_EQ(relation(other, name), Relation::kFriend);
    for (const std::string& other : ids(name, Relation::kSent)) EXPECT_EQ(relation(other, name), Relation::kReceived);
  }
}

}  // namespace
}  // namespace gamekeeper::play
