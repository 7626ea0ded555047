#include "play/accounts/account_mail.h"

#include <gtest/gtest.h>

#include "play/accounts/own_passwords.h"
#include "play/accounts/players.h"
#include "tests/support/documents/documents.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;

/// A mailbox for everybody; it can be closed for a while.
class Mailbox final : public ports::PushChannel {
 public:
  Task<Result<void>> deliver(ports::PushMessage message) override {
    if (refusal) co_return std::unexpected(*refusal);
    mails.push_back(std::move(message));
    co_return Result<void>{};
  }
  std::vector<ports::PushMessage> mails;
  std::optional<Error> refusal;
};

Task<Result<MailText>> words(MailPurpose purpose, Player player, std::string token) {
  co_return MailText{std::string(name_of(purpose)) + " for " + player.username, std::move(token)};
}

Task<Result<bool>> yes() { co_return true; }

class AccountMailTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(run(access.load())); }
  Principal who(const SignedInPlayer& in) {
    return {.app = "demo", .kind = PrincipalKind::kPlayer, .subject = in.player_id};
  }
  SignedInPlayer sign_up(const char* name, std::optional<std::string> email = "ada@example.com") {
    return *run(accounts.sign_up("demo", {name, "tide pool lantern", std::move(email)}, "10.0.0.1"));
  }
  SignedInPlayer verified(const char* name) {
    const auto in = sign_up(name);
    GK_CHECK(run(mail.ask_verification(who(in), "10.0.0.1")).has_value(), "a mail is asked for");
    GK_CHECK(run(mail.confirm_email("demo", next())).has_value(), "the address is confirmed");
    return in;
  }
  void send() {
    ASSERT_TRUE(run(mail.send_due([] { return yes(); })));
  }
  /// The token of the mail that was just sent; empty: none was.
  std::string next() {
    const size_t before = box.mails.size();
    send();
    return box.mails.size() == before ? std::string() : box.mails.back().body;
  }
  std::string reset_token(const char* name) {
    GK_CHECK(run(mail.ask_reset("demo", name, "10.0.0.1")).has_value(), "a mail is asked for");
    return next();
  }
  std::string code(const Result<void>& done) { return done ? "" : done.error().code; }
  std::string confirm_reset(const std::string& token, const char* password = "a whole new lantern") {
    return code(run(mail.confirm_reset("demo", token, password, "10.0.0.1")));
  }
  std::string login(const char* name, const char* password) {
    auto in = run(accounts.login("demo", name, password, "10.0.0.1"));
    return in ? "" : in.error().code;
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
  Players told{*store, access, clock, true};  // with a mail server
  Mailbox box;
  AccountMail mail{{*store, accounts, &box}, clock, {.words = words}};
};

TEST_F(AccountMailTest, AnAddressIsConfirmedByItsMailOnceAndInTime) {
  const auto in = sign_up("Ada");
  ASSERT_TRUE(run(mail.ask_verification(who(in), "10.0.0.1")));
  const std::string first = next();
  ASSERT_EQ(box.mails.size(), 1u);
  EXPECT_EQ(box.mails.back().to, "ada@example.com");
  ASSERT_TRUE(run(mail.ask_verification(who(in), "10.0.0.1")));
  const std::string second = next();
  EXPECT_EQ(code(run(mail.confirm_email("demo", first))), "bad_mail_token") << "the newest mail alone is good";
  EXPECT_EQ(code(run(mail.confirm_email("other", second))), "bad_mail_token");
  EXPECT_EQ(confirm_reset(second), "bad_mail_token") << "made for something else";
  EXPECT_FALSE(run(players.read("demo", in.player_id))->player.email_verified_at);
  EXPECT_EQ(code(run(mail.confirm_email("demo", second))), "");
  EXPECT_TRUE(run(players.read("demo", in.player_id))->player.email_verified_at);
  EXPECT_EQ(code(run(mail.confirm_email("demo", second))), "bad_mail_token") << "used";
  EXPECT_EQ(code(run(mail.ask_verification(who(in), "10.0.0.1"))), "verified_already");
}

TEST_F(AccountMailTest, AMailIsOverWithItsTimeAndWithAnotherAddress) {
  const auto in = sign_up("Ada");
  ASSERT_TRUE(run(mail.ask_verification(who(in), "10.0.0.1")));
  const std::string late = next();
  clock.advance(MailToken::kLifeMs);
  EXPECT_EQ(code(run(mail.confirm_email("demo", late))), "bad_mail_token");
  EXPECT_EQ(*run(mail.sweep()), 0u);
  clock.advance(1);
  EXPECT_EQ(*run(mail.sweep()), 1u);

  ASSERT_TRUE(run(mail.ask_verification(who(in), "10.0.0.1")));
  const std::string elsewhere = next();
  ASSERT_TRUE(run(players.change("demo", in.player_id, {.attributes = {}, .email = "eve@example.com"}, {})));
  EXPECT_EQ(code(run(mail.confirm_email("demo", elsewhere))), "bad_mail_token");
}

TEST_F(AccountMailTest, AResetChangesThePasswordAndEndsEverySignIn) {
  const auto phone = verified("Ada");
  const auto tablet = *run(accounts.login("demo", "ada", "tide pool lantern", "10.0.0.1"));
  const std::string token = reset_token("ADA");
  EXPECT_EQ(confirm_reset(token, "short"), "password_too_short");
  EXPECT_EQ(confirm_reset(token), "");
  for (const auto& in : {phone, tablet}) {
    EXPECT_FALSE(access.check(in.access_token, clock.now_ms()));
    EXPECT_FALSE(run(accounts.refresh("demo", in.refresh_token)));
  }
  EXPECT_EQ(login("ada", "tide pool lantern"), "wrong_credentials");
  EXPECT_EQ(login("ada", "a whole new lantern"), "");
  EXPECT_EQ(confirm_reset(token, "one more lantern"), "bad_mail_token") << "used";
}

TEST_F(AccountMailTest, OnlyAConfirmedAddressGetsAReset) {
  sign_up("Ada");
  EXPECT_EQ(reset_token("Ada"), "");
  EXPECT_EQ(reset_token("Nobody"), "");
  EXPECT_EQ(reset_token("\xFF"), "");
  const auto bob = verified("Bob");
  ASSERT_TRUE(run(players.change("demo", bob.player_id, {.attributes = {}, .email = "eve@example.com"}, {})));
  EXPECT_EQ(reset_token("Bob"), "") << "the new address is not confirmed";
}

TEST_F(AccountMailTest, ATokenAloneDoesNotChangeAConfirmedAddress) {
  const auto in = verified("Ada");
  const auto proves = [&](const char* password) {
    return run(accounts.proves_password(who(in), password, "10.0.0.1"));
  };
  EXPECT_FALSE(*run(accounts.proves_password(who(in), {}, "10.0.0.1")));
  EXPECT_EQ(proves("wrong lantern").error().code, "wrong_password");
  EXPECT_TRUE(*proves("tide pool lantern"));
  auto refused = run(players.change("demo", in.player_id, {.email = "eve@example.com", .is_proven = false}, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "password_needed");
  EXPECT_EQ(refused.error().field, "password");
  EXPECT_EQ(run(players.read("demo", in.player_id))->player.email, "ada@example.com");
  EXPECT_TRUE(run(players.change("demo", in.player_id, {.email = "ada@example.com", .is_proven = false}, {})));
  EXPECT_TRUE(run(players.change("demo", in.player_id, {.email = "ada@elsewhere.example"}, {})));
}

TEST_F(AccountMailTest, AnAddressThatATokenAloneHasNamedGetsNoReset) {
  const auto in = sign_up("Ada", {});
  ASSERT_TRUE(run(players.change("demo", in.player_id, {.email = "eve@example.com", .is_proven = false}, {})));
  ASSERT_TRUE(run(mail.ask_verification(who(in), "10.0.0.1")));
  ASSERT_EQ(code(run(mail.confirm_email("demo", next()))), "");
  EXPECT_EQ(reset_token("Ada"), "");
  ASSERT_TRUE(run(players.change("demo", in.player_id, {.email = "eve@example.com", .is_proven = true}, {})));
  EXPECT_TRUE(run(players.read("demo", in.player_id))->player.email_verified_at) << "it is the same address";
  EXPECT_EQ(confirm_reset(reset_token("Ada")), "") << "the password was said with it";
}

TEST_F(AccountMailTest, WhoHadTheAddressLearnsThatItChanged) {
  const auto in = verified("Ada");
  ASSERT_TRUE(run(told.change("demo", in.player_id, {.email = "ada@elsewhere.example"}, {})));
  box.mails.clear();
  EXPECT_EQ(next(), "") << "no token is in it";
  ASSERT_EQ(box.mails.size(), 1u);
  EXPECT_EQ(box.mails[0].to, "ada@example.com");
  EXPECT_EQ(box.mails[0].subject, "email_changed for Ada");
  ASSERT_TRUE(run(told.change("demo", in.player_id, {.email = "ada@third.example"}, {})));
  ASSERT_TRUE(run(told.change("demo", in.player_id, {.attributes = boost::json::object{{"hat", 1}}}, {})));
  send();
  EXPECT_EQ(box.mails.size(), 1u) << "an address that nobody has confirmed is told nothing";
}

TEST_F(AccountMailTest, AResetUnderWayIsOverWithTheOldPassword) {
  const auto in = verified("Ada");
  const std::string token = reset_token("Ada");
  ASSERT_TRUE(run(accounts.change_password(who(in), "tide pool lantern", "a whole new lantern", "10.0.0.1")));
  EXPECT_EQ(confirm_reset(token, "one more lantern"), "bad_mail_token");
}

TEST_F(AccountMailTest, AResetThatWentToAnotherMailboxIsOver) {
  const auto in = verified("Ada");
  const std::string old = reset_token("Ada");
  ASSERT_TRUE(run(players.change("demo", in.player_id, {.attributes = {}, .email = "new@example.com"}, {})));
  ASSERT_TRUE(run(mail.ask_verification(who(in), "10.0.0.1")));
  ASSERT_EQ(code(run(mail.confirm_email("demo", next()))), "");
  EXPECT_EQ(confirm_reset(old), "bad_mail_token");
}

TEST_F(AccountMailTest, WhoHasNoPasswordGetsNoReset) {
  auto made = run(players.create("demo", {std::nullopt, "Eve", {}}));
  ASSERT_TRUE(made);
  ASSERT_TRUE(run(players.change("demo", made->player.id, {.attributes = {}, .email = "eve@example.com"}, {})));
  ASSERT_TRUE(run(
      mail.ask_verification({.app = "demo", .kind = PrincipalKind::kPlayer, .subject = made->player.id}, "10.0.0.1")));
  ASSERT_EQ(code(run(mail.confirm_email("demo", next()))), "");
  EXPECT_EQ(reset_token("Eve"), "");
}

TEST_F(AccountMailTest, GuessesOfAResetAreCountedByAddress) {
  for (int i = 0; i < 100; ++i) (void)confirm_reset("a guess");
  EXPECT_EQ(confirm_reset("a guess"), "rate_limited");
}

TEST_F(AccountMailTest, AMailIsTriedSixTimes) {
  verified("Ada");
  box.refusal = Error{ErrorKind::kUnavailable, "mail_failed", "away"};
  EXPECT_EQ(reset_token("Ada"), "");
  for (int i = 0; i < 5; ++i) {
    clock.advance(600'000);
    send();
  }
  box.refusal.reset();
  clock.advance(600'000);
  EXPECT_EQ(next(), "");
}

TEST_F(AccountMailTest, MailsAreCountedByAccountInSilenceAndByAddressAloud) {
  verified("Ada");
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(run(mail.ask_reset("demo", "Ada", "10.0.0.1")));
  const size_t before = box.mails.size();
  send();
  EXPECT_EQ(box.mails.size() - before, 5u);
  for (int i = 0; i < 30; ++i) (void)run(mail.ask_reset("demo", "Nobody", "10.0.0.2"));
  EXPECT_EQ(code(run(mail.ask_reset("demo", "Nobody", "10.0.0.2"))), "rate_limited");
}

TEST_F(AccountMailTest, AMailThatFailsIsTriedAgainAndAHopelessOneIsNot) {
  verified("Ada");
  box.refusal = Error{ErrorKind::kUnavailable, "mail_failed", "away"};
  EXPECT_EQ(reset_token("Ada"), "");
  box.refusal.reset();
  EXPECT_EQ(next(), "") << "not at once";
  clock.advance(5'000);
  EXPECT_NE(next(), "");

  box.refusal = Error{ErrorKind::kInvalid, "mail_refused", "no such mailbox"};
  EXPECT_EQ(reset_token("Ada"), "");
  box.refusal.reset();
  clock.advance(60'000);
  EXPECT_EQ(next(), "");
}

TEST_F(AccountMailTest, WhatWaitsWhereThereIsNoServerAnyMoreIsGivenUpInADay) {
  verified("Ada");
  ASSERT_TRUE(run(mail.ask_reset("demo", "Ada", "10.0.0.1")));
  Metrics metrics;
  auto& given_up = metrics.counter("given_up", "");
  AccountMail silent{{*store, accounts, nullptr, &given_up}, clock, {.words = words}};
  const auto waiting = [&] { return *run(store->count(kMailRequests, "due", {}, {})); };
  clock.advance(MailRequest::kLifeMs - 1);
  ASSERT_TRUE(run(silent.sweep()));
  EXPECT_EQ(waiting(), 1u) << "the server may come back";
  clock.advance(2);
  ASSERT_TRUE(run(silent.sweep()));
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(given_up.Value(), 1);
}

TEST_F(AccountMailTest, WithoutAMailServerItSaysSo) {
  AccountMail silent{{*store, accounts, nullptr}, clock, {.words = words}};
  const auto in = sign_up("Ada");
  EXPECT_EQ(code(run(silent.ask_reset("demo", "Ada", "10.0.0.1"))), "mail_not_configured");
  EXPECT_EQ(code(run(silent.ask_verification(who(in), "10.0.0.1"))), "mail_not_configured");
}

TEST_F(AccountMailTest, TheStoreNeverHoldsAToken) {
  verified("Ada");
  const std::string token = reset_token("Ada");
  auto page = run(store->query({.collection = kMailTokens, .index = "expires", .limit = 10}));
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_EQ(page->items.front().body.find(token), std::string::npos);
}

}  // namespace
}  // namespace gamekeeper::play
