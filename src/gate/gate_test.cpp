#include "gate/gate.h"

#include <gtest/gtest.h>

#include "gate/testing/room.h"

namespace gamekeeper::gate {
namespace {

using testing::admit;
using testing::Call;
using testing::Process;
using testing::Room;
using testing::run;

class GateTest : public ::testing::Test {
 protected:
  Room room;
  Process here{*room.store};
  Gate& gate = here.gate;
  std::map<PrincipalKind, std::string> keys;

  void SetUp() override {
    ASSERT_TRUE(run(here.directory.create_app("demo", "", {})));
    for (auto kind : {PrincipalKind::kWriteKey, PrincipalKind::kReadKey, PrincipalKind::kServerKey}) {
      keys[kind] = run(here.directory.create_key("demo", kind, ""))->secret;
    }
    for (auto role : {AdminRole::kAnalyst, AdminRole::kSupport, AdminRole::kAdmin}) {
      ASSERT_TRUE(run(here.admins.create(std::string(role_name(role)), "a good password", role)));
    }
  }
  std::string token(AdminRole role) { return run(here.admins.login(std::string(role_name(role)), "a good password", "::1"))->token; }
};

TEST_F(GateTest, EachKindOfKeyPassesItsRoutesAlone) {
  const std::map<PrincipalKind, net::RoutePolicy> routes{{PrincipalKind::kWriteKey, {.write_key = true}},
                                                         {PrincipalKind::kReadKey, {.read_key = true}},
                                                         {PrincipalKind::kServerKey, {.server_key = true}}};
  for (const auto& [wanted, policy] : routes) {
    for (const auto& [kind, secret] : keys) {
      auto who = admit(gate, secret, policy);
      ASSERT_EQ(who.has_value(), kind == wanted);
      if (who) EXPECT_TRUE(who->kind == kind && who->app == "demo" && !who->key_id.empty() && who->subject == who->key_id);
      else EXPECT_EQ(who.error().code, "wrong_kind");
    }
  }
}

TEST_F(GateTest, RolesAreALadder) {
  for (auto least : {AdminRole::kAnalyst, AdminRole::kSupport, AdminRole::kAdmin}) {
    for (auto role : {AdminRole::kAnalyst, AdminRole::kSupport, AdminRole::kAdmin}) {
      auto who = admit(gate, token(role), {.admin = least, .needs_app = false});
      ASSERT_EQ(who.has_value(), role >= least);
      if (!who) EXPECT_EQ(who.error().kind, ErrorKind::kDenied);
    }
  }
  EXPECT_EQ(admit(gate, token(AdminRole::kAdmin), {.read_key = true}).error().kind, ErrorKind::kDenied);
}

TEST_F(GateTest, CredentialsAreBearerOrTheKeysHeader) {
  const std::string& secret = keys[PrincipalKind::kReadKey];
  const net::RoutePolicy policy{.read_key = true};
  auto with = [&](std::string name, std::string value) {
    Call call({{std::move(name), std::move(value)}});
    return run(gate.admit(call.request(), policy)).has_value();
  };
  EXPECT_TRUE(with("Authorization", "Bearer " + secret));
  EXPECT_TRUE(with("authorization", "bEaReR " + secret));
  EXPECT_TRUE(with("X-API-Key", secret));
  EXPECT_FALSE(with("Authorization", secret));
  EXPECT_FALSE(with("Authorization", "Basic " + secret));
  EXPECT_FALSE(with("Authorization", "Bearer"));
  EXPECT_FALSE(with("Authorization", "Bearer " + secret + " "));
  EXPECT_FALSE(with("Authorization", "Bearer " + secret + "x"));
  EXPECT_FALSE(with("Authorization", "Bearer " + secret.substr(0, secret.size() - 1)));
  EXPECT_FALSE(with("Cookie", secret));
}

TEST_F(GateTest, NobodyPassesOnlyWhereAnyoneMay) {
  EXPECT_EQ(admit(gate, "", {.read_key = true}).error().kind, ErrorKind::kUnauthenticated);
  auto who = admit(gate, "", {.anonymous = true});
  ASSERT_TRUE(who);
  EXPECT_EQ(who->kind, PrincipalKind::kAnonymous);
  auto stranger = admit(gate, "gk_read_unknown", {.anonymous = true});
  ASSERT_TRUE(stranger);
  EXPECT_EQ(stranger->kind, PrincipalKind::kAnonymous);
}

TEST_F(GateTest, AForeignAppAnswersLikeAnUnknownOne) {
  ASSERT_TRUE(run(here.directory.create_app("other", "", {})));
  const auto& secret = keys[PrincipalKind::kReadKey];
  auto foreign = admit(gate, secret, {.read_key = true}, "other"), unknown = admit(gate, secret, {.read_key = true}, "none");
  ASSERT_FALSE(foreign);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(foreign.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(foreign.error().message, unknown.error().message);
  EXPECT_EQ(foreign.error().code, unknown.error().code);
  EXPECT_TRUE(admit(gate, secret, {.read_key = true}, "demo"));
}

TEST_F(GateTest, AnAdminNamesTheAppOnceThereAreSeveral) {
  const net::RoutePolicy policy{.admin = AdminRole::kAnalyst};
  EXPECT_EQ(admit(gate, token(AdminRole::kAnalyst), policy)->app, "demo");
  ASSERT_TRUE(run(here.directory.create_app("other", "", {})));
  EXPECT_EQ(admit(gate, token(AdminRole::kAnalyst), policy).error().field, "Gamekeeper-App");
  EXPECT_EQ(admit(gate, token(AdminRole::kAnalyst), policy, "other")->app, "other");
  EXPECT_EQ(admit(gate, token(AdminRole::kAnalyst), policy, "none").error().kind, ErrorKind::kNotFound);
}

TEST_F(GateTest, EventsHaveARateOfTheirOwn) {
  ASSERT_TRUE(run(here.directory.change_app("demo", {.events_per_second = 100})));
  auto who = admit(gate, keys[PrincipalKind::kWriteKey], {.write_key = true});
  ASSERT_TRUE(who);
  EXPECT_TRUE(gate.take_events(*who, 100));
  auto refused = gate.take_events(*who, 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimited);
}

TEST_F(GateTest, AdminsActsAreWrittenToTheAuditAndNothingElseIs) {
  auto who = admit(gate, token(AdminRole::kAdmin), {.admin = AdminRole::kAdmin});
  ASSERT_TRUE(who);
  Call call({}, net::Method::kPost, "/api/v1/admin/apps");
  const net::RoutePolicy audited{.admin = AdminRole::kAdmin, .action = "app.create", .audited = true};
  run(gate.finish(call.request(), *who, audited, "", net::Response{.status = 201}));
  run(gate.finish(call.request(), *who, {.admin = AdminRole::kAdmin}, "", net::Response{.status = 201}));
  auto page = run(here.audit.list(10, ""));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 1u);
  const Act& act = page->items.front();
  EXPECT_TRUE(act.actor == "admin" && act.role == "admin" && act.action == "app.create" && act.target == "/api/v1/admin/apps" && act.status == 201);
}

}  // namespace
}  // namespace gamekeeper::gate
