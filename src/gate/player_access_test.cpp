#include "gate/player_access.h"

#include <gtest/gtest.h>

#include "gate/testing/room.h"

namespace gamekeeper::gate {
namespace {

using testing::kNow;
using testing::Process;
using testing::Room;
using testing::run;

constexpr int64_t kMinute = 60'000;

class PlayerAccessTest : public ::testing::Test {
 protected:
  /// As those do who end something: in the store, and here at once.
  void end(Process& process, const PlayerAccess::Ending& ending) {
    ports::WriteSet set;
    set.puts.push_back(process.players.put_of(ending));
    ASSERT_TRUE(run(room.store->commit(std::move(set))));
    process.players.apply(ending);
  }
  static bool lets(Process& process, const std::string& token, int64_t later = 0) {
    return process.players.check(token, kNow + later).has_value();
  }

  Room room;
  Process here{*room.store}, there{*room.store};
  const std::string ada = here.players.issue("demo", "ada", "f1"), tablet = here.players.issue("demo", "ada", "f2"),
                    twin = here.players.issue("other", "ada", "f3");
};

TEST_F(PlayerAccessTest, WhatEndsIsOverEverywhereAndLiftedEverywhere) {
  for (const std::string& token : {ada, tablet, twin}) EXPECT_TRUE(lets(there, token));
  const uint64_t before = here.players.revision();
  end(here, {.app = "demo", .player_id = "ada", .family = "f1"});
  EXPECT_GT(here.players.revision(), before);
  ASSERT_TRUE(run(there.players.refresh()));
  for (Process* process : {&here, &there}) {
    EXPECT_FALSE(lets(*process, ada));
    EXPECT_TRUE(lets(*process, tablet)) << "another sign-in of theirs";
  }
  end(there, {.app = "demo", .player_id = "ada"});
  ASSERT_TRUE(run(here.players.refresh()));
  Process restarted(*room.store);
  for (Process* process : {&here, &there, &restarted}) {
    EXPECT_FALSE(lets(*process, tablet));
    EXPECT_TRUE(lets(*process, twin)) << "a player of another app";
  }
  end(here, {.app = "demo", .player_id = "ada", .lifted = true});
  ASSERT_TRUE(run(there.players.refresh()));
  for (Process* process : {&here, &there}) {
    EXPECT_TRUE(lets(*process, tablet));
    EXPECT_FALSE(lets(*process, ada)) << "their sign-out stays";
  }
}

TEST_F(PlayerAccessTest, AnEndingFromASlowerClockIsNotOverlooked) {
  here.clock.advance(20'000);
  end(here, {.app = "demo", .player_id = "bob"});
  Process reader(*room.store);  // has seen what was written 20 seconds ahead
  ASSERT_TRUE(run(reader.players.refresh()));
  end(there, {.app = "demo", .player_id = "ada"});
  ASSERT_TRUE(run(reader.players.refresh()));
  EXPECT_FALSE(lets(reader, ada));
}

TEST_F(PlayerAccessTest, ABanOfAMinuteIsOverAfterAMinute) {
  end(here, {.app = "demo", .player_id = "ada", .until = kNow + kMinute});
  Process restarted(*room.store);
  for (Process* process : {&here, &restarted}) {
    EXPECT_FALSE(lets(*process, ada, kMinute - 1));
    EXPECT_TRUE(lets(*process, ada, kMinute));
  }
}

TEST_F(PlayerAccessTest, AnEndingIsRememberedAsLongAsATokenLives) {
  end(here, {.app = "demo", .player_id = "ada"});
  const int64_t last = PlayerAccess::kTokenLifeMs - 1;
  here.clock.advance(last);
  EXPECT_EQ(*run(here.players.sweep()), 0u);
  Process restarted(*room.store);
  for (Process* process : {&here, &restarted}) EXPECT_FALSE(lets(*process, ada, last));
  EXPECT_TRUE(lets(here, twin, last));
  EXPECT_FALSE(lets(here, twin, last + 1)) << "over by itself, though it was seen before";
  here.clock.advance(3 * kMinute);
  EXPECT_EQ(*run(here.players.sweep()), 1u) << "no token is left that it could end";
}

TEST_F(PlayerAccessTest, ANewSigningKeyIsKnownEverywhereAndEndsTheOldOnesTokens) {
  EXPECT_TRUE(lets(there, ada));
  ASSERT_TRUE(run(here.players.rotate_signing_key(0)));
  EXPECT_FALSE(lets(here, ada));
  ASSERT_TRUE(run(there.players.refresh()));
  EXPECT_FALSE(lets(there, ada)) << "though it was good when it was seen before";
  EXPECT_TRUE(lets(there, here.players.issue("demo", "ada", "f4")));
}

TEST_F(PlayerAccessTest, ManyEndingsAreAllRead) {
  ports::WriteSet set;
  for (int i = 0; i < 1200; ++i) {
    here.clock.advance(1);
    set.puts.push_back(here.players.put_of({.app = "demo", .player_id = "eve", .family = "e" + std::to_string(i)}));
  }
  here.clock.advance(1);
  set.puts.push_back(here.players.put_of({.app = "demo", .player_id = "ada"}));
  ASSERT_TRUE(run(room.store->commit(std::move(set))));
  Process restarted(*room.store);
  EXPECT_FALSE(lets(restarted, ada));
}

}  // namespace
}  // namespace gamekeeper::gate
