#include "gate/admins.h"

#include <gtest/gtest.h>

#include "gate/testing/room.h"

namespace gamekeeper::gate {
namespace {

using testing::kAnalysts;
using testing::Process;
using testing::Room;
using testing::run;

class AdminsTest : public ::testing::Test {
 protected:
  Room room;
  Process here{*room.store};
  Admins& admins = here.admins;

  void SetUp() override { ASSERT_TRUE(run(admins.create("ada", "a good password", AdminRole::kAdmin))); }
  std::string token() {
    auto in = run(admins.login("ada", "a good password", "10.0.0.1"));
    GK_CHECK(in.has_value(), "ada signs in");
    return in->token;
  }
};

TEST_F(AdminsTest, SignInGivesATokenOfTheRole) {
  auto who = testing::admit(here.gate, token(), kAnalysts);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->kind, PrincipalKind::kAdmin);
  EXPECT_EQ(who->role, AdminRole::kAdmin);
  EXPECT_EQ(who->subject, "ada");
}

TEST_F(AdminsTest, UnknownNamesCostAndSayTheSameAsWrongPasswords) {
  const uint64_t before = here.passwords.verifications();
  auto wrong = run(admins.login("ada", "a wrong password", "10.0.0.1"));
  auto unknown = run(admins.login("bob", "a wrong password", "10.0.0.1"));
  EXPECT_EQ(here.passwords.verifications(), before + 2);
  ASSERT_FALSE(wrong);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(wrong.error().code, unknown.error().code);
  EXPECT_EQ(wrong.error().message, unknown.error().message);
}

TEST_F(AdminsTest, GuessingIsSlowedDownWithoutLockingTheOwnerOutElsewhere) {
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(run(admins.login("ada", "a wrong password", "10.9.9.9")).error().code, "wrong_credentials");
  auto eleventh = run(admins.login("ada", "a good password", "10.9.9.9"));
  ASSERT_FALSE(eleventh);
  EXPECT_EQ(eleventh.error().kind, ErrorKind::kRateLimited);
  EXPECT_GT(eleventh.error().retry_after.count(), 0);
  EXPECT_TRUE(run(admins.login("ada", "a good password", "10.0.0.1")));
}

TEST_F(AdminsTest, AnAddressHasALimitOverAllNames) {
  Process strict(*room.store, {.per_address = {3, 60'000'000'000}});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(run(strict.admins.login("name" + std::to_string(i), "a wrong password", "10.9.9.9")).error().code,
              "wrong_credentials");
  EXPECT_EQ(run(strict.admins.login("ada", "a good password", "10.9.9.9")).error().kind, ErrorKind::kRateLimited);
}

TEST_F(AdminsTest, ARemovedAdminsTokenEndsAtOnce) {
  const std::string t = token();
  ASSERT_TRUE(testing::admit(here.gate, t, kAnalysts));
  Process other(*room.store);
  ASSERT_TRUE(testing::admit(other.gate, t, kAnalysts));
  ASSERT_TRUE(run(admins.create("bob", "a good password", AdminRole::kAdmin)));
  ASSERT_TRUE(run(admins.remove("ada")));
  EXPECT_EQ(testing::admit(here.gate, t, kAnalysts).error().code, "unauthenticated");
  ASSERT_TRUE(run(other.gate.refresh()));
  EXPECT_EQ(testing::admit(other.gate, t, kAnalysts).error().code, "unauthenticated")
      << "another process knows once it looked";
}

TEST_F(AdminsTest, SigningOutEndsTheTokenEverywhereAndForGood) {
  const std::string out = token(), kept = token();
  Process other(*room.store);
  ASSERT_TRUE(testing::admit(other.gate, out, kAnalysts));
  ASSERT_TRUE(testing::admit(here.gate, out, kAnalysts));
  ASSERT_TRUE(run(admins.logout(out)));
  EXPECT_FALSE(testing::admit(here.gate, out, kAnalysts));
  ASSERT_TRUE(run(other.gate.refresh()));
  EXPECT_FALSE(testing::admit(other.gate, out, kAnalysts));
  Process later(*room.store);
  EXPECT_FALSE(testing::admit(later.gate, out, kAnalysts));
  EXPECT_TRUE(testing::admit(later.gate, kept, kAnalysts)) << "only this token";
  EXPECT_EQ(run(admins.logout(out)).error().kind, ErrorKind::kUnauthenticated);
  EXPECT_EQ(run(admins.logout("nonsense")).error().kind, ErrorKind::kUnauthenticated);
}

TEST_F(AdminsTest, SignOutsAreForgottenOnceTheirTokensAreOver) {
  ASSERT_TRUE(run(admins.logout(token())));
  EXPECT_EQ(run(admins.sweep()), 0u);
  here.clock.advance(Admins::kTokenLifeMs + 1000);
  EXPECT_EQ(run(admins.sweep()), 1u);
}

TEST_F(AdminsTest, TheLastOneWhoMayManageTheHouseStays) {
  ASSERT_TRUE(run(admins.create("limited", "a good password", AdminRole::kAdmin, {"demo"})));
  ASSERT_TRUE(run(admins.create("analyst", "a good password", AdminRole::kAnalyst)));
  EXPECT_EQ(run(admins.remove("ada")).error().code, "last_admin");
  EXPECT_TRUE(run(admins.remove("limited")));
  ASSERT_TRUE(run(admins.create("bob", "a good password", AdminRole::kAdmin)));
  EXPECT_TRUE(run(admins.remove("ada")));
}

TEST_F(AdminsTest, ATokenEndsAfterTwelveHours) {
  const std::string t = token();
  here.clock.advance(12 * 3600 * 1000 - 1000);
  EXPECT_TRUE(testing::admit(here.gate, t, kAnalysts));
  here.clock.advance(1000);
  EXPECT_FALSE(testing::admit(here.gate, t, kAnalysts));
}

TEST_F(AdminsTest, ALinkWorksOnceAndForTenMinutes) {
  const std::string link = admins.make_link("ada");
  EXPECT_TRUE(run(admins.use_link(link)));
  EXPECT_EQ(run(admins.use_link(link)).error().code, "bad_link");
  const std::string old = admins.make_link("ada");
  here.clock.advance(600'001);
  EXPECT_FALSE(run(admins.use_link(old)));
  EXPECT_FALSE(run(admins.use_link("guess")));
}

TEST_F(AdminsTest, NamesAreTakenOnce) {
  EXPECT_EQ(run(admins.create("ada", "another password", AdminRole::kAnalyst)).error().code, "exists");
  EXPECT_EQ(run(admins.create("", "another password", AdminRole::kAnalyst)).error().field, "username");
  EXPECT_EQ(run(admins.create("bob", "short", AdminRole::kAnalyst)).error().field, "password");
  EXPECT_EQ(run(admins.remove("bob")).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gamekeeper::gate
