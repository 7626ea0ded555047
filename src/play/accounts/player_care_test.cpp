#include <gtest/gtest.h>

#include "play/accounts/accounts.h"
#include "play/accounts/own_passwords.h"
#include "play/accounts/player_notes.h"
#include "play/accounts/players.h"
#include "play/accounts/sign_ins.h"
#include "tests/support/documents/documents.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

class PlayerCareTest : public ::testing::Test {
 protected:
  PlayerCareTest() { GK_CHECK(test::run(access.load()).has_value(), "the keys load"); }

  SignedInPlayer sign_in(const char* device) {
    auto in = test::run(accounts.device("demo", device, "10.0.0.1"));
    GK_CHECK(in.has_value(), "a device signs in");
    return *in;
  }
  bool lets(const SignedInPlayer& in) { return access.check(in.access_token, clock.now_ms()).has_value(); }
  std::string make(const char* username) {
    auto card = test::run(players.create("demo", {std::nullopt, username, {}}));
    GK_CHECK(card.has_value(), "a player is made");
    return card->player.id;
  }
  std::vector<std::string> found(const std::string& text, uint32_t limit = 50) {
    std::vector<std::string> names;
    std::string cursor;
    do {
      auto page = test::run(players.search("demo", text, limit, cursor));
      GK_CHECK(page.has_value(), "the search answers");
      EXPECT_LE(page->items.size(), limit);
      for (const PlayerCard& card : page->items) names.push_back(card.player.username);
      cursor = page->next_cursor;
    } while (!cursor.empty());
    return names;
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  ManualClock clock{1'800'000'000'000};
  gate::Tokens tokens{*store, gate::kPlayerTokens};
  gate::PlayerAccess access{*store, tokens, clock};
  gate::Passwords passwords{{.passes = 1, .memory_bytes = 8192}};
  OwnPasswords own{*store, passwords};
  Accounts accounts{*store, access, own, clock, {}};
  Players players{*store, access, clock};
  SignIns sign_ins{*store, access, clock};
  PlayerNotes notes{*store, clock};
};

TEST_F(PlayerCareTest, APlayerIsFoundByIdAndByTheBeginningOfTheirName) {
  const std::string ada = make("Ada"), bob = make("Bob");
  make("adam");
  make("\xEF\xBC\xA1\xEF\xBD\x84\xEF\xBD\x85lheid");  // "Ade" in full width
  EXPECT_EQ(found("AD"), (std::vector<std::string>{"Ada", "adam", "\xEF\xBC\xA1\xEF\xBD\x84\xEF\xBD\x85lheid"}));
  EXPECT_EQ(found("ad", 1).size(), 3u);
  EXPECT_EQ(found("ada"), (std::vector<std::string>{"Ada", "adam"}));
  EXPECT_EQ(found(bob), std::vector<std::string>{"Bob"});
  EXPECT_EQ(found(bob, 1), std::vector<std::string>{"Bob"});
  EXPECT_TRUE(found("zed").empty());
  EXPECT_TRUE(found(" \x01").empty());
  auto elsewhere = test::run(players.search("other", ada, 50, {}));
  ASSERT_TRUE(elsewhere);
  EXPECT_TRUE(elsewhere->items.empty());
}

TEST_F(PlayerCareTest, WhoseIdIsTheBeginningOfNamesStandsFirstAndOnce) {
  ASSERT_TRUE(test::run(players.create("demo", {"ada", "Adam", {}})));
  make("Ada Lovelace");
  EXPECT_EQ(found("ada"), (std::vector<std::string>{"Adam", "Ada Lovelace"}));
}

TEST_F(PlayerCareTest, SignInsAreListedAndEndAtOnceOneOrAll) {
  const auto first = sign_in("phone");
  clock.advance(1000);
  const auto second = sign_in("phone"), third = sign_in("phone");
  auto listed = test::run(sign_ins.list("demo", first.player_id, 50, {}));
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_FALSE(listed->has_password);
  EXPECT_EQ(listed->devices, 1u);
  ASSERT_EQ(listed->items.size(), 3u);
  const std::string oldest = listed->items.back().id;

  ASSERT_TRUE(test::run(sign_ins.end("demo", first.player_id, oldest)));
  EXPECT_FALSE(lets(first));
  EXPECT_TRUE(lets(second));
  EXPECT_EQ(test::run(sign_ins.end("demo", first.player_id, oldest)).error().code, "not_found");
  EXPECT_EQ(test::run(accounts.refresh("demo", first.refresh_token)).error().code, "bad_refresh_token");

  ASSERT_TRUE(test::run(sign_ins.end_all("demo", first.player_id)));
  EXPECT_FALSE(lets(second));
  EXPECT_FALSE(lets(third));
  EXPECT_TRUE(lets(sign_in("phone"))) << "signing out bans nobody";
}

TEST_F(PlayerCareTest, OneSignInOfSomebodyElseIsUnknown) {
  const auto ada = sign_in("ada's"), bob = sign_in("bob's");
  const std::string family = test::run(sign_ins.list("demo", bob.player_id, 1, {}))->items.front().id;
  EXPECT_EQ(test::run(sign_ins.end("demo", ada.player_id, family)).error().code, "not_found");
  EXPECT_TRUE(lets(bob));
  for (const auto& [app, player] : {std::pair("other", bob.player_id.c_str()), std::pair("demo", "nobody")}) {
    EXPECT_EQ(test::run(sign_ins.list(app, player, 50, {})).error().code, "not_found");
    EXPECT_EQ(test::run(sign_ins.end_all(app, player)).error().code, "not_found");
  }
  EXPECT_TRUE(lets(bob));
}

TEST_F(PlayerCareTest, NotesAreWrittenListedAndRemoved) {
  const std::string ada = make("Ada"), bob = make("Bob");
  for (const char* text : {"first", "second"}) {
    auto note = test::run(notes.add("demo", ada, "kim", text));
    ASSERT_TRUE(note);
    EXPECT_EQ(note->by, "kim");
    clock.advance(1);
  }
  auto page = test::run(notes.list("demo", ada, 50, {}));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0].text, "second");
  EXPECT_TRUE(test::run(notes.list("demo", bob, 50, {}))->items.empty());

  const std::string id = page->items[0].id;
  EXPECT_EQ(test::run(notes.remove("demo", bob, id)).error().code, "not_found");
  EXPECT_EQ(test::run(notes.remove("other", ada, id)).error().code, "not_found");
  ASSERT_TRUE(test::run(notes.remove("demo", ada, id)));
  EXPECT_EQ(test::run(notes.list("demo", ada, 50, {}))->items.size(), 1u);
  EXPECT_EQ(test::run(notes.add("demo", "nobody", "kim", "text")).error().code, "not_found");
  EXPECT_EQ(test::run(notes.add("demo", ada, "kim", "")).error().code, "bad_length");
  EXPECT_EQ(test::run(notes.add("demo", ada, "kim", std::string(2001, 'x'))).error().code, "bad_length");
  EXPECT_TRUE(test::run(notes.add("demo", ada, "kim", std::string(2000, 'x'))));
}

}  // namespace
}  // namespace gamekeeper::play
