#include "play/accounts/accounts.h"

#include <gtest/gtest.h>

#include "gate/audit.h"
#include "play/accounts/account_deletion.h"
#include "play/accounts/testing/accounts_process.h"
#include "play/accounts/username.h"
#include "tests/support/documents/documents.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;

using Process = testing::AccountsProcess;

Task<Result<void>> note(std::vector<std::string>& notes, std::string what) {
  notes.push_back(std::move(what));
  co_return Result<void>{};
}

class AccountsTest : public ::testing::Test {
 protected:
  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  Process here{*store};

  SignedInPlayer ada(const char* app = "demo") {
    auto in = run(here.accounts.sign_up(app, {"Ada", "tide pool lantern", std::nullopt}, "10.0.0.1"));
    GK_CHECK(in.has_value(), "ada signs up");
    return *in;
  }
  Result<SignedInPlayer> login(const char* name, const char* password, const char* app = "demo") {
    return run(here.accounts.login(app, name, password, "10.0.0.1"));
  }
};

TEST_F(AccountsTest, AnAccountSignsInByAnySpellingOfItsName) {
  const auto in = ada();
  EXPECT_EQ(in.rating, kFirstRating);
  EXPECT_EQ(in.expires_in, 900);
  for (const char* name : {"Ada", "ADA", "ada", "\xEF\xBC\xA1\xEF\xBD\x84\xEF\xBD\x81"}) {  // the last: full width
    auto again = login(name, "tide pool lantern");
    ASSERT_TRUE(again) << name << ": " << again.error().message;
    EXPECT_EQ(again->player_id, in.player_id);
    EXPECT_EQ(again->username, "Ada");
  }
}

TEST_F(AccountsTest, ANameIsTakenOnceInAnAppAndFreeInAnother) {
  const auto in = ada();
  auto twin = run(here.accounts.sign_up("demo", {"ADA", "another good one", std::nullopt}, "10.0.0.1"));
  ASSERT_FALSE(twin);
  EXPECT_EQ(twin.error().code, "username_taken");
  EXPECT_NE(ada("other").player_id, in.player_id);
  EXPECT_EQ(login("ada", "another good one").error().code, "wrong_credentials");
}

TEST_F(AccountsTest, UnknownNamesCostAndSayTheSameAsWrongPasswords) {
  ada();
  const uint64_t before = here.passwords.verifications();
  const auto wrong = login("ada", "a wrong password"), unknown = login("bob", "a wrong password");
  EXPECT_EQ(here.passwords.verifications(), before + 2);
  EXPECT_EQ(wrong.error().code, unknown.error().code);
  EXPECT_EQ(wrong.error().message, unknown.error().message);
}

TEST_F(AccountsTest, PasswordsAreCheckedBeforeAnythingIsKept) {
  const auto refuse = [&](std::string password) {
    return run(here.accounts.sign_up("demo", {"Eve", std::move(password), std::nullopt}, "10.0.0.1")).error().code;
  };
  EXPECT_EQ(refuse("seven77"), "password_too_short");
  EXPECT_EQ(refuse(std::string(129, 'x')), "password_too_long");
  EXPECT_EQ(refuse("Password"), "password_too_common");
  EXPECT_EQ(refuse("\xC3\x28 not utf-8"), "bad_text");
  std::string longest;
  for (int i = 0; i < 128; ++i) longest += "\xC3\xA4";  // 128 characters in 256 bytes
  EXPECT_TRUE(run(here.accounts.sign_up("demo", {"Eve", longest, std::nullopt}, "10.0.0.1")));
}

TEST_F(AccountsTest, ADeviceHasOnePlayerAndMayBeLinkedToAName) {
  const auto first = *run(here.accounts.device("demo", "device-1", "10.0.0.1"));
  const auto again = *run(here.accounts.device("demo", "device-1", "10.0.0.1"));
  EXPECT_TRUE(first.created);
  EXPECT_FALSE(again.created);
  EXPECT_EQ(first.player_id, again.player_id);
  EXPECT_NE(run(here.accounts.device("other", "device-1", "10.0.0.1"))->player_id, first.player_id);

  auto linked = run(here.accounts.link(here.who(first), "Grace", "tide pool lantern"));
  ASSERT_TRUE(linked) << linked.error().message;
  EXPECT_EQ(login("grace", "tide pool lantern")->player_id, first.player_id);
  EXPECT_EQ(run(here.accounts.device("demo", "device-1", "10.0.0.1"))->player_id, first.player_id);
  EXPECT_EQ(run(here.accounts.link(here.who(first), "Other", "tide pool lantern")).error().code, "linked_already");
}

TEST_F(AccountsTest, ARefreshTokenWorksOnceAndItsSecondUseEndsTheFamilyEverywhere) {
  const auto in = ada();
  Process there(*store);
  const auto next = run(here.accounts.refresh("demo", in.refresh_token));
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_TRUE(here.lets(in));
  EXPECT_TRUE(there.lets(*next));

  EXPECT_EQ(run(there.accounts.refresh("demo", in.refresh_token)).error().code, "bad_refresh_token");
  EXPECT_FALSE(there.lets(*next));
  EXPECT_EQ(run(here.accounts.refresh("demo", next->refresh_token)).error().code, "bad_refresh_token");
  ASSERT_TRUE(run(here.access.refresh()));
  EXPECT_FALSE(here.lets(in));
  EXPECT_FALSE(here.lets(*next));
  Process restarted(*store);
  EXPECT_FALSE(restarted.lets(*next));
}

TEST_F(AccountsTest, AGuessedRefreshTokenEndsNothing) {
  const auto in = ada();
  auto token = read_refresh_token(in.refresh_token);
  ASSERT_TRUE(token);
  token->secret.assign(token->secret.size(), 'x');
  EXPECT_FALSE(run(here.accounts.refresh("demo", write_refresh_token(*token))));
  EXPECT_FALSE(run(here.accounts.refresh("other", in.refresh_token)));
  EXPECT_FALSE(run(here.accounts.refresh("demo", "gkr_nonsense")));
  EXPECT_TRUE(here.lets(in));
  EXPECT_TRUE(run(here.accounts.refresh("demo", in.refresh_token)));
}

TEST_F(AccountsTest, SigningOutEndsOneSignInAndAChangedPasswordAllOthers) {
  const auto phone = ada(), tablet = *login("ada", "tide pool lantern"), old_pc = *login("ada", "tide pool lantern");
  ASSERT_TRUE(run(here.accounts.logout(here.who(phone))));
  EXPECT_FALSE(here.lets(phone));
  EXPECT_FALSE(run(here.accounts.refresh("demo", phone.refresh_token)));
  EXPECT_TRUE(here.lets(tablet));

  EXPECT_EQ(run(here.accounts.change_password(here.who(tablet), "not the old one", "a whole new lantern", "10.0.0.1"))
                .error()
                .code,
            "wrong_password");
  ASSERT_TRUE(
      run(here.accounts.change_password(here.who(tablet), "tide pool lantern", "a whole new lantern", "10.0.0.1")));
  EXPECT_TRUE(here.lets(tablet));
  EXPECT_FALSE(here.lets(old_pc));
  EXPECT_FALSE(login("ada", "tide pool lantern"));
  EXPECT_TRUE(login("ada", "a whole new lantern"));
}

TEST_F(AccountsTest, ABanEndsTokensEverywhereUntilItIsLifted) {
  const auto in = ada();
  Process there(*store);
  ASSERT_TRUE(run(there.players.ban("demo", in.player_id, "cheating", 0)));
  EXPECT_FALSE(there.lets(in));
  ASSERT_TRUE(run(here.access.refresh()));
  EXPECT_FALSE(here.lets(in));
  EXPECT_EQ(login("ada", "tide pool lantern").error().code, "banned");
  EXPECT_EQ(run(here.accounts.refresh("demo", in.refresh_token)).error().code, "banned");

  ASSERT_TRUE(run(there.players.unban("demo", in.player_id)));
  ASSERT_TRUE(run(here.access.refresh()));
  EXPECT_TRUE(here.lets(in));
  EXPECT_TRUE(login("ada", "tide pool lantern"));
}

TEST_F(AccountsTest, TokensEndByThemselves) {
  const auto in = ada();
  here.clock.advance(gate::PlayerAccess::kTokenLifeMs + 1);
  EXPECT_FALSE(here.lets(in));
  here.clock.advance(int64_t{31} * 24 * 3600 * 1000);
  EXPECT_EQ(run(here.accounts.refresh("demo", in.refresh_token)).error().code, "bad_refresh_token");
  EXPECT_EQ(*run(here.accounts.families().sweep()), 1u);
}

TEST_F(AccountsTest, BeyondTwentySignInsTheOldestEnd) {
  const auto first = *run(here.accounts.device("demo", "device-1", "10.0.0.1"));
  std::vector<SignedInPlayer> later;
  for (size_t i = 0; i < Families::kOfPlayerMax; ++i) {
    here.clock.advance(1000);
    later.push_back(*run(here.accounts.device("demo", "device-1", "10.0.0.1")));
  }
  EXPECT_FALSE(here.lets(first));
  EXPECT_FALSE(run(here.accounts.refresh("demo", first.refresh_token)));
  for (const SignedInPlayer& in : later) EXPECT_TRUE(here.lets(in));
}

TEST_F(AccountsTest, ADeletedAccountLeavesNothingOfItsOwn) {
  std::vector<std::string> erased;
  AccountDeletion deletion(
      *store, here.access, here.accounts.families(), here.clock,
      {[&erased](std::string app, std::string player) { return note(erased, scoped(app, player)); }});
  const auto in = ada(), twin = ada("other");
  ASSERT_TRUE(run(deletion.remove(here.who(in), {"r1"})));
  EXPECT_FALSE(here.lets(in));
  EXPECT_TRUE(here.lets(twin)) << "a player of another app";
  EXPECT_EQ(login("ada", "tide pool lantern").error().code, "wrong_credentials");
  EXPECT_EQ(run(here.players.read("demo", in.player_id)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(run(deletion.remove({.app = "demo", .subject = in.player_id}, {"r2"})).error().kind,
            ErrorKind::kUnauthenticated);
  EXPECT_EQ(erased, std::vector{scoped("demo", in.player_id)});

  ASSERT_TRUE(run(deletion.sweep()));
  EXPECT_EQ(erased.size(), 1u) << "not before a minute has passed";
  here.clock.advance(61'000);
  ASSERT_TRUE(run(deletion.sweep()));
  ASSERT_TRUE(run(deletion.sweep()));
  EXPECT_EQ(erased.size(), 2u) << "once more, for what was being written";
}

TEST_F(AccountsTest, AnAdministratorErasesAPlayerAndItIsTheirAct) {
  AccountDeletion deletion(*store, here.access, here.accounts.families(), here.clock, {});
  const auto in = ada();
  Principal kim;
  kim.kind = PrincipalKind::kAdmin;
  kim.role = AdminRole::kAdmin;
  kim.app = "demo";
  kim.subject = "kim";
  EXPECT_EQ(run(deletion.remove_by(kim, "nobody", {"r1"})).error().kind, ErrorKind::kNotFound);
  here.clock.advance(1000);
  ASSERT_TRUE(run(deletion.remove_by(kim, in.player_id, {"r2"})));
  EXPECT_FALSE(here.lets(in));
  EXPECT_EQ(login("ada", "tide pool lantern").error().code, "wrong_credentials");
  EXPECT_EQ(run(here.players.read("demo", in.player_id)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(run(store->outbox(10))->size(), 2u) << "that they came, and that they are gone";

  gate::Audit audit(*store);
  const auto acts = run(audit.list(10, ""));
  ASSERT_TRUE(acts);
  ASSERT_EQ(acts->items.size(), 2u);
  EXPECT_EQ(acts->items[1].target + " " + acts->items[1].request_id, "nobody r1");
  EXPECT_EQ(acts->items[1].status, 404) << "that somebody tried";
  const gate::Act& act = acts->items[0];
  EXPECT_EQ(act.status, 204);
  EXPECT_EQ(act.actor + " " + act.role + " " + act.action + " " + act.request_id, "kim admin player.delete r2");
  EXPECT_EQ(act.target, in.player_id);
}

TEST_F(AccountsTest, EveryAccountIsAFactOnItsWayToTheLog) {
  ada();
  ASSERT_TRUE(run(here.accounts.device("demo", "device-1", "10.0.0.1")));
  EXPECT_EQ(run(store->outbox(10))->size(), 2u);
}

TEST_F(AccountsTest, AnIdIsFreeAgainOnceAllOfItsPlayerIsErased) {
  AccountDeletion deletion(*store, here.access, here.accounts.families(), here.clock, {});
  const auto make = [&](const char* id, const char* app = "demo") {
    auto made = run(here.players.create(app, {.id = id, .username = {}, .attributes = {}}));
    return made ? "" : made.error().code;
  };
  ASSERT_EQ(make("hero"), "");
  EXPECT_EQ(make("hero"), "exists");
  ASSERT_TRUE(run(deletion.remove({.app = "demo", .subject = "hero"}, {"r1"})));
  EXPECT_EQ(make("hero"), "erasure_pending");
  EXPECT_EQ(make("hero", "other"), "") << "a player of another app";
  EXPECT_EQ(make("villain"), "");
  EXPECT_EQ(run(store->outbox(10))->size(), 4u) << "who was refused never came";
  here.clock.advance(61'000);
  EXPECT_EQ(make("hero"), "erasure_pending") << "late is not done";
  ASSERT_TRUE(run(deletion.sweep()));
  EXPECT_EQ(make("hero"), "");
}

TEST_F(AccountsTest, AttributesMergeAndAnOldVersionIsRefused) {
  auto made = run(here.players.create("demo", {"p1", std::nullopt, {{"level", 1}, {"clan", "red"}}}));
  ASSERT_TRUE(made);
  EXPECT_EQ(run(here.players.create("demo", {"p1", std::nullopt, {}})).error().code, "exists");
  auto changed = run(here.players.change(
      "demo", "p1", {boost::json::object{{"level", 2}, {"clan", nullptr}}, std::nullopt}, made->player.version));
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->player.attributes, (boost::json::object{{"level", 2}}));
  EXPECT_EQ(run(here.players.change("demo", "p1", {}, made->player.version)).error().kind, ErrorKind::kStale);
  EXPECT_EQ(run(here.players.read("other", "p1")).error().kind, ErrorKind::kNotFound);
  const PlayerChange large{boost::json::object{{"x", std::string(9000, 'x')}}, std::nullopt};
  EXPECT_EQ(run(here.players.change("demo", "p1", large, std::nullopt)).error().code, "attributes_too_large");
}

TEST(Usernames, AreRefusedWithAReason) {
  // The last ones: a zero-width space alone, next line, line separator, from right to left.
  for (const char* bad : {"", " ada", "ada ", "a\nb", "\xFF", "\u200B", "a\u0085b", "a\u2028b", "\u202Eada"}) {
    EXPECT_FALSE(fold_username(bad)) << bad;
  }
  EXPECT_FALSE(fold_username(std::string(65, 'a')));
  EXPECT_TRUE(fold_username(std::string(64, 'a')));
  EXPECT_TRUE(fold_username("\u05D3\u05D5\u05D3")) << "a name that is written from right to left";
  EXPECT_EQ(*fold_username("Stra\xC3\x9F"
                           "e"),
            "strasse");
}

}  // namespace
}  // namespace gamekeeper::play
