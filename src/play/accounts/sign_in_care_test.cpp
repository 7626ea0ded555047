// What holds while calls meet each other, and what guessing costs.
#include <gtest/gtest.h>

#include "play/accounts/account_deletion.h"
#include "play/accounts/account_mail.h"
#include "play/accounts/sign_ins.h"
#include "play/accounts/testing/accounts_process.h"
#include "tests/support/documents/documents.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;
using testing::AccountsCrossing;
using testing::AccountsProcess;

constexpr int64_t kDayMs = 24 * 3'600'000;

class SignInCareTest : public ::testing::Test {
 protected:
  SignedInPlayer ada() {
    auto in = run(here.accounts.sign_up("demo", {"Ada", "tide pool lantern", std::nullopt}, "10.0.0.1"));
    GK_CHECK(in.has_value(), "ada signs up");
    return *in;
  }
  SignedInPlayer phone() {
    auto in = run(here.accounts.device("demo", "device-1", "10.0.0.1"));
    GK_CHECK(in.has_value(), "a device signs in");
    return *in;
  }
  uint64_t families(const std::string& player) {
    const IndexSpan own = under("demo", player);
    return *run(store->count(kFamilies, "player", own.from, own.to));
  }
  std::string login(AccountsProcess& process, const char* app, const char* name, const char* address) {
    auto in = run(process.accounts.login(app, name, "a wrong password", address));
    return in ? "" : in.error().code;
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  AccountsProcess here{*store};
  AccountsCrossing crossing{*store};
};

TEST_F(SignInCareTest, GuessesAreCountedByAccountAppAndAddress) {
  AccountsProcess strict(*store, {.logins = {.per_account = {3, 3'600'000'000'000}}});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(login(strict, "demo", "Ada", "10.0.0.1"), "wrong_credentials");
  EXPECT_EQ(login(strict, "demo", "Ada", "10.0.0.1"), "rate_limited");
  EXPECT_EQ(login(strict, "demo", "ADA", "10.0.0.1"), "rate_limited") << "another spelling of the name";
  EXPECT_EQ(login(strict, "demo", "Bob", "10.0.0.1"), "wrong_credentials") << "another account";
  EXPECT_EQ(login(strict, "other", "Ada", "10.0.0.1"), "wrong_credentials") << "another game";
  EXPECT_EQ(login(strict, "demo", "Ada", "10.0.0.2"), "wrong_credentials") << "the owner is not locked out";
}

TEST_F(SignInCareTest, EveryWayInIsCountedByAddress) {
  const gate::LoginLimits one{.per_address = {1, 3'600'000'000'000}};
  for (int way = 0; way < 3; ++way) {
    AccountsProcess strict(*store, {.logins = one});
    const auto enter = [&](const std::string& n) -> Result<SignedInPlayer> {
      if (way == 0) return run(strict.accounts.device("demo", "device-" + n, "10.0.0.1"));
      if (way == 1)
        return run(strict.accounts.sign_up("demo", {"P" + n, "tide pool lantern", std::nullopt}, "10.0.0.1"));
      return run(strict.accounts.login("demo", "P1", "tide pool lantern", "10.0.0.1"));
    };
    EXPECT_TRUE(enter("1")) << way;
    auto again = enter("2");
    ASSERT_FALSE(again) << way;
    EXPECT_EQ(again.error().code, "rate_limited");
    EXPECT_GT(again.error().retry_after.count(), 0);
  }
}

TEST_F(SignInCareTest, ARefreshKeepsASignInAliveForItsLifeAnew) {
  SignedInPlayer in = ada();
  for (int i = 0; i < 3; ++i) {
    here.clock.advance(20 * kDayMs);
    auto next = run(here.accounts.refresh("demo", in.refresh_token));
    ASSERT_TRUE(next) << next.error().message;
    in = *next;
  }
  here.clock.advance(30 * kDayMs);
  EXPECT_EQ(run(here.accounts.refresh("demo", in.refresh_token)).error().code, "bad_refresh_token");
}

TEST_F(SignInCareTest, ARefreshTokenUsedTwiceAtTheSameMomentEndsItsFamily) {
  const SignedInPlayer in = ada();
  AccountsProcess slower(crossing);
  Result<SignedInPlayer> first = fail(ErrorKind::kInternal, "none", "");
  crossing.meanwhile = [&]() -> Task<void> { first = co_await here.accounts.refresh("demo", in.refresh_token); };
  EXPECT_EQ(run(slower.accounts.refresh("demo", in.refresh_token)).error().code, "bad_refresh_token");
  ASSERT_TRUE(first);
  EXPECT_FALSE(slower.lets(*first));
  EXPECT_EQ(run(here.accounts.refresh("demo", first->refresh_token)).error().code, "bad_refresh_token");
}

TEST_F(SignInCareTest, ADeviceThatComesTwiceAtOnceIsOnePlayer) {
  AccountsProcess slower(crossing);
  std::string first;
  crossing.meanwhile = [&]() -> Task<void> {
    auto in = co_await here.accounts.device("demo", "device-1", "10.0.0.1");
    GK_CHECK(in.has_value(), "the other request signs in");
    first = in->player_id;
  };
  auto second = run(slower.accounts.device("demo", "device-1", "10.0.0.1"));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_FALSE(second->created);
  EXPECT_EQ(second->player_id, first);
}

TEST_F(SignInCareTest, SignInsThatCameAtOnceGoBackToTwenty) {
  SignedInPlayer in = phone();
  for (size_t i = 1; i < Families::kOfPlayerMax; ++i) in = phone();
  AccountsProcess slower(crossing);
  for (int i = 0; i < 3; ++i) {
    crossing.meanwhile = [&]() -> Task<void> {
      GK_CHECK((co_await here.accounts.device("demo", "device-1", "10.0.0.1")).has_value(), "another signs in");
    };
    ASSERT_TRUE(run(slower.accounts.device("demo", "device-1", "10.0.0.1")));
  }
  EXPECT_GT(families(in.player_id), Families::kOfPlayerMax);
  phone();
  EXPECT_EQ(families(in.player_id), Families::kOfPlayerMax);
}

TEST_F(SignInCareTest, AnEndedSignInIsOverInOtherProcessesAndWhatIsOverIsNotListed) {
  const SignedInPlayer in = phone();
  AccountsProcess there(*store);
  SignIns sign_ins{*store, here.access, here.clock};
  const auto listed = [&] { return run(sign_ins.list("demo", in.player_id, 50, {}))->items; };
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_TRUE(there.lets(in));
  ASSERT_TRUE(run(sign_ins.end("demo", in.player_id, listed().front().id)));
  ASSERT_TRUE(run(there.access.refresh()));
  EXPECT_FALSE(there.lets(in));
  phone();
  here.clock.advance(31 * kDayMs);
  EXPECT_TRUE(listed().empty()) << "though nobody has swept it yet";
}

TEST_F(SignInCareTest, ABanOfAMinuteLetsTheTokenPassAfterwards) {
  const SignedInPlayer in = ada();
  ASSERT_TRUE(run(here.players.ban("demo", in.player_id, "spam", here.clock.now_ms() + 60'000)));
  EXPECT_FALSE(here.lets(in));
  here.clock.advance(60'000);
  EXPECT_TRUE(here.lets(in));
}

class ErasureTest : public SignInCareTest {
 protected:
  AccountDeletion deletion{*store, here.access, here.accounts.families(), here.clock, {}};
};

TEST_F(ErasureTest, AnErasedPlayersTokensEndInEveryProcess) {
  const SignedInPlayer in = ada();
  AccountsProcess there(*store);
  EXPECT_TRUE(there.lets(in));
  ASSERT_TRUE(run(deletion.remove(here.who(in), {"r1"})));
  ASSERT_TRUE(run(there.access.refresh()));
  EXPECT_FALSE(there.lets(in));
  EXPECT_FALSE(AccountsProcess(*store).lets(in)) << "nor after a restart";
}

TEST_F(ErasureTest, NothingStandsBesideAnErasedPlayer) {
  const SignedInPlayer in = ada();
  const std::string id = scoped("demo", in.player_id);
  ports::WriteSet set;
  set.puts.push_back(put_of("demo", in.player_id, PlayerStats{.sessions_played = 3}));
  for (const MailPurpose purpose : {MailPurpose::kVerifyEmail, MailPurpose::kResetPassword})
    set.puts.push_back(put_of(MailToken{.app = "demo",
                                        .player_id = in.player_id,
                                        .purpose = purpose,
                                        .digest = digest_of_mail_token("demo", purpose, "t"),
                                        .email = "a@b.c"}));
  ASSERT_TRUE(run(store->commit(std::move(set))));
  ASSERT_TRUE(run(deletion.remove(here.who(in), {"r1"})));
  for (const char* collection : {kPlayers, kCredentials, kStats}) EXPECT_FALSE(*run(store->get(collection, id)));
  EXPECT_EQ(*run(store->count(kMailTokens, "expires", {}, {})), 0u);
  EXPECT_EQ(families(in.player_id), 0u);
}

TEST_F(ErasureTest, ASignInThatWasUnderWayIsSweptAway) {
  const SignedInPlayer in = phone();
  AccountDeletion slower(crossing, here.access, here.accounts.families(), here.clock, {});
  Result<SignedInPlayer> late = fail(ErrorKind::kInternal, "none", "");
  crossing.meanwhile = [&]() -> Task<void> { late = co_await here.accounts.device("demo", "device-1", "10.0.0.1"); };
  ASSERT_TRUE(run(slower.remove(here.who(in), {"r1"})));
  ASSERT_TRUE(late);
  AccountsProcess there(*store);
  EXPECT_FALSE(there.lets(*late)) << "what ends a player ends the sign-ins that nobody knew of";
  EXPECT_EQ(families(in.player_id), 1u);
  here.clock.advance(61'000);
  ASSERT_TRUE(run(deletion.sweep()));
  EXPECT_EQ(families(in.player_id), 0u);
}

TEST_F(ErasureTest, APlayerWhoIsChangedMeanwhileIsErasedAsTheyAreNow) {
  const SignedInPlayer in = ada();
  AccountDeletion slower(crossing, here.access, here.accounts.families(), here.clock, {});
  int commits = 0;
  crossing.meanwhile = [&]() -> Task<void> {
    ++commits;
    PlayerChange level{.attributes = boost::json::object{{"level", 2}}, .email = {}};
    GK_CHECK((co_await here.players.change("demo", in.player_id, std::move(level), {})).has_value(), "they change");
    crossing.meanwhile = [&]() -> Task<void> {
      ++commits;
      co_return;
    };
  };
  ASSERT_TRUE(run(slower.remove(here.who(in), {"r1"})));
  EXPECT_EQ(commits, 2) << "what was read before the change is decided on anew";
  EXPECT_EQ(run(here.players.read("demo", in.player_id)).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gamekeeper::play
