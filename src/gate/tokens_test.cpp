#include "gate/tokens.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <boost/json.hpp>

#include "gate/testing/forger.h"
#include "gate/testing/room.h"

namespace gamekeeper::gate {
namespace {

using testing::Attack;
using testing::Forger;
using testing::kAnalysts;
using testing::Process;
using testing::Room;
using testing::run;

class TokensTest : public ::testing::Test {
 protected:
  Room room;
  Process here{*room.store};
  void SetUp() override {
    ASSERT_TRUE(run(here.directory.create_app("demo", "", {})));
    ASSERT_TRUE(run(here.admins.create("ada", "a good password", AdminRole::kAdmin)));
  }
  std::string sign_in() { return run(here.admins.login("ada", "a good password", "::1"))->token; }
  std::string code_of(const std::string& token) {
    auto who = testing::admit(here.gate, token, kAnalysts);
    return who ? "admitted" : who.error().code;
  }
};

TEST_F(TokensTest, PositiveControls) {
  EXPECT_EQ(code_of(sign_in()), "admitted");
  Forger forger(*room.store, here.tokens.key_id());
  EXPECT_EQ(code_of(forger.token()), "admitted")
      << "the forger holds the real key: each attack below differs in one thing";
  EXPECT_EQ(code_of(forger.token({{"nbf", "1800000059"}})), "admitted") << "clocks may differ by a minute";
}

TEST_F(TokensTest, EveryAttackIsAnsweredAlike) {
  Forger forger(*room.store, here.tokens.key_id());
  const std::vector<Attack> attacks = testing::attacks(forger, sign_in());
  EXPECT_GE(attacks.size(), 60u);
  for (const auto& [name, token] : attacks) {
    auto who = testing::admit(here.gate, token, kAnalysts);
    ASSERT_FALSE(who) << name;
    EXPECT_EQ(who.error().kind, ErrorKind::kUnauthenticated) << name;
    EXPECT_EQ(who.error().code, "unauthenticated") << name;
  }
}

TEST_F(TokensTest, AttacksDoNotSpoilTheCacheOfGoodTokens) {
  const std::string good = sign_in();
  EXPECT_EQ(code_of(good), "admitted");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(code_of(bad), "unauthenticated") << "changed at " << i;
  }
  EXPECT_EQ(code_of(good), "admitted");
}

TEST_F(TokensTest, ATokenOfARemovedAndRemadeAdminStaysDead) {
  const std::string old = sign_in();
  ASSERT_TRUE(run(here.admins.create("bob", "a good password", AdminRole::kAdmin)));
  ASSERT_TRUE(run(here.admins.remove("ada")));
  here.clock.advance(2000);
  ASSERT_TRUE(run(here.admins.create("ada", "a good password", AdminRole::kAdmin)));
  EXPECT_EQ(code_of(old), "unauthenticated");
  EXPECT_EQ(code_of(sign_in()), "admitted");
}

TEST_F(TokensTest, RotationOverlapsThenEnds) {
  const std::string before = sign_in(), old_id = here.tokens.key_id();
  Process other(*room.store);
  ASSERT_TRUE(run(here.tokens.rotate(testing::kNow, 3'600'000)));
  EXPECT_NE(here.tokens.key_id(), old_id);
  const std::string after = sign_in();
  EXPECT_EQ(code_of(before), "admitted");
  EXPECT_EQ(code_of(after), "admitted");
  EXPECT_EQ(boost::json::parse(jwks({&here.tokens}, testing::kNow)).at("keys").as_array().size(), 2u);

  EXPECT_FALSE(testing::admit(other.gate, after, kAnalysts));
  ASSERT_TRUE(run(other.tokens.load()));
  EXPECT_TRUE(testing::admit(other.gate, after, kAnalysts));

  here.clock.advance(3'600'000);
  EXPECT_FALSE(here.tokens.verify(before, here.clock.now_ms()));
  EXPECT_EQ(code_of(before), "unauthenticated") << "also where it had been seen before";
  EXPECT_TRUE(here.tokens.verify(after, here.clock.now_ms()));
  EXPECT_EQ(boost::json::parse(jwks({&here.tokens}, here.clock.now_ms())).at("keys").as_array().size(), 1u);
}

TEST_F(TokensTest, RotationWithoutOverlapEndsAllTokens) {
  const std::string first = sign_in();
  EXPECT_EQ(code_of(first), "admitted");
  ASSERT_TRUE(run(here.tokens.rotate(testing::kNow, 3'600'000)));
  const std::string second = sign_in();
  ASSERT_TRUE(run(here.tokens.rotate(testing::kNow, 0)));
  EXPECT_FALSE(here.tokens.verify(first, testing::kNow));
  EXPECT_FALSE(here.tokens.verify(second, testing::kNow));
  EXPECT_EQ(code_of(first), "unauthenticated") << "also where the token had been seen before";
  EXPECT_EQ(code_of(sign_in()), "admitted");
}

TEST_F(TokensTest, TheKeySetTellsThePublicKeyAlone) {
  const auto key = boost::json::parse(jwks({&here.tokens}, testing::kNow)).at("keys").at(0).as_object();
  EXPECT_EQ(key.at("kty"), "OKP");
  EXPECT_EQ(key.at("crv"), "Ed25519");
  EXPECT_EQ(key.at("kid").as_string(), here.tokens.key_id());
  EXPECT_FALSE(key.contains("d"));
}

}  // namespace
}  // namespace gamekeeper::gate
