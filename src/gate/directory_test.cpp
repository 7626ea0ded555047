#include "gate/directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "gate/testing/room.h"

namespace gamekeeper::gate {
namespace {

using testing::Process;
using testing::Room;
using testing::run;

const net::RoutePolicy kServers{.server_key = true};

class DirectoryTest : public ::testing::Test {
 protected:
  Room room;
  Process here{*room.store};
  Directory& directory = here.directory;

  void SetUp() override { ASSERT_TRUE(run(directory.create_app("demo", "Demo", {}))); }
  Directory::NewKey make(PrincipalKind kind = PrincipalKind::kServerKey, std::string app = "demo") {
    auto made = run(directory.create_key(std::move(app), kind, "a key"));
    GK_CHECK(made.has_value(), "a key is made");
    return *made;
  }
};

TEST_F(DirectoryTest, AKeysSecretIsNowhereInTheStore) {
  const auto made = make();
  ASSERT_TRUE(made.secret.starts_with("gk_server_"));
  EXPECT_GE(made.secret.size(), 43u) << "256 bits at least";
  const std::string random = made.secret.substr(std::string("gk_server_").size());
  for (const auto& file : std::filesystem::directory_iterator(room.folder.path())) {
    std::ifstream in(file.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    EXPECT_EQ(bytes.str().find(random), std::string::npos) << file.path();
  }
  EXPECT_TRUE(made.secret.starts_with(made.key.prefix));
  EXPECT_LE(made.key.prefix.size(), std::string("gk_server_").size() + 4);
}

TEST_F(DirectoryTest, AnotherProcessLearnsOfKeysAndRevocationsByLookingAgain) {
  Process other(*room.store);
  const auto made = make();
  EXPECT_FALSE(testing::admit(other.gate, made.secret, kServers));
  ASSERT_TRUE(run(other.directory.refresh()));
  EXPECT_TRUE(testing::admit(other.gate, made.secret, kServers));

  ASSERT_TRUE(run(directory.revoke_key("demo", made.key.id)));
  EXPECT_FALSE(testing::admit(here.gate, made.secret, kServers)) << "the process that revokes knows at once";
  ASSERT_TRUE(run(other.directory.refresh()));
  EXPECT_EQ(testing::admit(other.gate, made.secret, kServers).error().code, "unauthenticated");
}

TEST_F(DirectoryTest, RevokingIsHarmlessTwiceAndOnlyForTheAppsOwn) {
  ASSERT_TRUE(run(directory.create_app("other", "", {})));
  const auto made = make();
  EXPECT_EQ(run(directory.revoke_key("other", made.key.id)).error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(testing::admit(here.gate, made.secret, kServers));
  EXPECT_TRUE(run(directory.revoke_key("demo", made.key.id)));
  EXPECT_TRUE(run(directory.revoke_key("demo", made.key.id)));
  EXPECT_EQ(run(directory.revoke_key("demo", "k_unknown")).error().kind, ErrorKind::kNotFound);
}

TEST_F(DirectoryTest, LastUseIsWrittenDownAndSurvivesARestart) {
  const auto made = make();
  ASSERT_TRUE(testing::admit(here.gate, made.secret, kServers));
  here.clock.advance(61'000);
  ASSERT_TRUE(run(directory.refresh()));
  ASSERT_TRUE(run(directory.refresh()));
  Process later(*room.store);
  EXPECT_EQ(later.directory.share()->all_keys.front().last_used_at, testing::kNow);
}

TEST_F(DirectoryTest, AKeyMayExpire) {
  auto made = run(directory.create_key("demo", PrincipalKind::kServerKey, "short", testing::kNow + 1000));
  ASSERT_TRUE(made);
  EXPECT_TRUE(testing::admit(here.gate, made->secret, kServers));
  here.clock.advance(1000);
  EXPECT_EQ(testing::admit(here.gate, made->secret, kServers).error().code, "unauthenticated");
  EXPECT_EQ(run(directory.create_key("demo", PrincipalKind::kServerKey, "late", testing::kNow)).error().field,
            "expires_at");
  EXPECT_EQ(run(directory.rotate_key("demo", made->key.id, 1000)).error().kind, ErrorKind::kNotFound);
}

TEST_F(DirectoryTest, RotationLetsBothKeysThroughForAWhile) {
  const auto old = make();
  auto fresh = run(directory.rotate_key("demo", old.key.id, 60'000));
  ASSERT_TRUE(fresh);
  EXPECT_TRUE(fresh->key.kind == old.key.kind && fresh->key.name == old.key.name && fresh->key.id != old.key.id);
  EXPECT_TRUE(testing::admit(here.gate, old.secret, kServers));
  EXPECT_TRUE(testing::admit(here.gate, fresh->secret, kServers));
  here.clock.advance(60'000);
  EXPECT_FALSE(testing::admit(here.gate, old.secret, kServers));
  EXPECT_TRUE(testing::admit(here.gate, fresh->secret, kServers));
  Process later(*room.store);
  later.clock.set(here.clock.now_ms());
  EXPECT_FALSE(testing::admit(later.gate, old.secret, kServers));
}

TEST_F(DirectoryTest, RotationDoesNotLengthenAKeysLife) {
  auto old = run(directory.create_key("demo", PrincipalKind::kServerKey, "", testing::kNow + 1000));
  ASSERT_TRUE(run(directory.rotate_key("demo", old->key.id, 60'000)));
  here.clock.advance(1000);
  EXPECT_FALSE(testing::admit(here.gate, old->secret, kServers));
}

TEST_F(DirectoryTest, NothingBringsARevokedKeyBack) {
  const auto made = make();
  Process other(*room.store);
  ASSERT_TRUE(testing::admit(other.gate, made.secret, kServers));
  other.clock.advance(61'000);
  ASSERT_TRUE(run(directory.revoke_key("demo", made.key.id)));
  // The other process has not looked yet: neither its rotation nor its note of the last use may undo the revocation.
  EXPECT_FALSE(run(other.directory.rotate_key("demo", made.key.id, 60'000)));
  ASSERT_TRUE(run(other.directory.refresh()));
  ASSERT_TRUE(run(other.directory.refresh()));
  Process later(*room.store);
  EXPECT_FALSE(testing::admit(later.gate, made.secret, kServers));
  EXPECT_EQ(later.directory.share()->all_keys.front().revoked_at, testing::kNow);
}

TEST_F(DirectoryTest, ARevocationWinsOverARotationElsewhere) {
  const auto made = make();
  Process other(*room.store);
  ASSERT_TRUE(run(other.directory.rotate_key("demo", made.key.id, 60'000)));
  ASSERT_TRUE(run(directory.revoke_key("demo", made.key.id))) << "though this process has not seen the rotation";
  EXPECT_FALSE(testing::admit(here.gate, made.secret, kServers));
}

TEST_F(DirectoryTest, AnAppsOwnRatesBindItsKeys) {
  const auto made = make();
  ASSERT_TRUE(run(directory.change_app("demo", {.requests_per_second = 3})));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(testing::admit(here.gate, made.secret, kServers));
  auto refused = testing::admit(here.gate, made.secret, kServers);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimited);
  EXPECT_EQ(refused.error().limit, "3");
}

TEST_F(DirectoryTest, AKeysRateGoesOnThroughAReload) {
  Process strict(*room.store, {}, {.requests_per_second = 2});
  const auto made = make();
  ASSERT_TRUE(run(strict.directory.load()));
  EXPECT_TRUE(testing::admit(strict.gate, made.secret, kServers));
  EXPECT_TRUE(testing::admit(strict.gate, made.secret, kServers));
  ASSERT_TRUE(run(strict.directory.load()));
  auto refused = testing::admit(strict.gate, made.secret, kServers);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimited);
  EXPECT_GT(refused.error().retry_after.count(), 0);
}

TEST_F(DirectoryTest, RefusesBadAppsAndSettingsByName) {
  auto code = [&](std::string id, AppSettings settings) {
    auto made = run(directory.create_app(std::move(id), "", std::move(settings)));
    return made ? std::string("made") : made.error().code + " " + made.error().field;
  };
  EXPECT_EQ(code("demo", {}), "exists id");
  for (const char* id : {"", "Demo", "a/b", "..", "a b", "\xC3\xA4"}) EXPECT_EQ(code(id, {}), "bad_id id") << id;
  EXPECT_EQ(code(std::string(65, 'a'), {}), "bad_id id");
  EXPECT_EQ(code("a", {.timezone = "Mars/Base"}), "unknown_time_zone settings.timezone");
  EXPECT_EQ(code("a", {.currency = "eur"}), "bad_currency settings.currency");
  EXPECT_EQ(code("a", {.measures = std::vector<std::string>(17, "a.b")}), "too_many settings.measures");
  EXPECT_EQ(code("a", {.measures = {"nodot"}}), "bad_value settings.measures");
  EXPECT_EQ(code("a", {}), "made");
  EXPECT_EQ(run(directory.create_key("none", PrincipalKind::kReadKey, "")).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gamekeeper::gate
