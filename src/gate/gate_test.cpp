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
  std::string token(AdminRole role) {
    return run(here.admins.login(std::string(role_name(role)), "a good password", "::1"))->token;
  }
};

TEST_F(GateTest, EachKindOfKeyPassesItsRoutesAlone) {
  const std::map<PrincipalKind, net::RoutePolicy> routes{{PrincipalKind::kWriteKey, {.write_key = true}},
                                                         {PrincipalKind::kReadKey, {.read_key = true}},
                                                         {PrincipalKind::kServerKey, {.server_key = true}}};
  for (const auto& [wanted, policy] : routes) {
    for (const auto& [kind, secret] : keys) {
      auto who = admit(gate, secret, policy);
      ASSERT_EQ(who.has_value(), kind == wanted);
      if (who)
        EXPECT_TRUE(who->kind == kind && who->app == "demo" && !who->key_id.empty() && who->subject == who->key_id);
      else
        EXPECT_EQ(who.error().code, "wrong_kind");
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
  auto astray = admit(gate, keys[PrincipalKind::kReadKey], {.anonymous = true}, "none");
  ASSERT_TRUE(astray) << "a header of another app must not shut a door that is open to all";
  EXPECT_EQ(astray->kind, PrincipalKind::kAnonymous);
}

TEST_F(GateTest, AForeignAppAnswersLikeAnUnknownOne) {
  ASSERT_TRUE(run(here.directory.create_app("other", "", {})));
  const auto& secret = keys[PrincipalKind::kReadKey];
  auto foreign = admit(gate, secret, {.read_key = true}, "other"),
       unknown = admit(gate, secret, {.read_key = true}, "none");
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

TEST_F(GateTest, AnAdminOfCertainAppsSeesThemAlone) {
  ASSERT_TRUE(run(here.directory.create_app("other", "", {})));
  ASSERT_TRUE(run(here.directory.create_app("third", "", {})));
  ASSERT_TRUE(run(here.admins.create("low", "a good password", AdminRole::kAdmin, {"other"})));
  const std::string low = run(here.admins.login("low", "a good password", "::1"))->token;
  const net::RoutePolicy policy{.admin = AdminRole::kAnalyst}, loose{.admin = AdminRole::kAnalyst, .needs_app = false};
  EXPECT_EQ(admit(gate, low, policy)->app, "other") << "the only one of theirs";
  EXPECT_EQ(admit(gate, low, policy, "other")->app, "other");
  for (const auto& route : {policy, loose}) {
    auto foreign = admit(gate, low, route, "demo"), unknown = admit(gate, low, route, "none");
    ASSERT_FALSE(foreign);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(foreign.error().kind, ErrorKind::kNotFound);
    EXPECT_TRUE(foreign.error().code == unknown.error().code && foreign.error().message == unknown.error().message &&
                foreign.error().field == unknown.error().field);
  }
  EXPECT_EQ(admit(gate, low, {.admin = AdminRole::kAdmin, .needs_app = false, .whole_house = true}).error().code,
            "limited_to_apps");
  EXPECT_TRUE(
      admit(gate, token(AdminRole::kAdmin), {.admin = AdminRole::kAdmin, .needs_app = false, .whole_house = true}));
}

TEST_F(GateTest, AnAppInThePathIsTheAppAsked) {
  ASSERT_TRUE(run(here.directory.create_app("other", "", {})));
  ASSERT_TRUE(run(here.admins.create("low", "a good password", AdminRole::kAdmin, {"other"})));
  const std::string low = run(here.admins.login("low", "a good password", "::1"))->token,
                    high = token(AdminRole::kAdmin);
  auto in_path = [&](const std::string& credential, const std::string& app, const net::RoutePolicy& policy) {
    Call call({{"Authorization", "Bearer " + credential}, {"Gamekeeper-App", "other"}});
    return run(gate.admit(call.with_param("app", app).request(), policy));
  };
  const net::RoutePolicy admins{.admin = AdminRole::kAdmin, .needs_app = false}, servers{.server_key = true};
  EXPECT_EQ(in_path(high, "demo", admins)->app, "demo");
  EXPECT_EQ(in_path(low, "other", admins)->app, "other");
  auto foreign = in_path(low, "demo", admins), unknown = in_path(low, "none", admins),
       to_all = in_path(high, "none", admins);
  for (const auto* refused : {&foreign, &unknown, &to_all}) {
    ASSERT_FALSE(*refused);
    EXPECT_EQ(refused->error().kind, ErrorKind::kNotFound);
    EXPECT_EQ(refused->error().field, "app");
  }
  EXPECT_EQ(in_path(keys[PrincipalKind::kServerKey], "other", servers).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(in_path(keys[PrincipalKind::kServerKey], "demo", servers)->app, "demo");
}

TEST_F(GateTest, AdministratorsHaveARateToo) {
  Process strict(*room.store, {}, {.requests_per_second = 2});
  const std::string t = token(AdminRole::kAnalyst);
  const net::RoutePolicy policy{.admin = AdminRole::kAnalyst};
  EXPECT_TRUE(admit(strict.gate, t, policy));
  EXPECT_TRUE(admit(strict.gate, t, policy));
  auto refused = admit(strict.gate, t, policy);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimited);
}

TEST_F(GateTest, ARefusalOverTheRateSaysWhatTheRateIs) {
  Process strict(*room.store, {}, {.requests_per_second = 1});
  const auto& secret = keys[PrincipalKind::kReadKey];
  ASSERT_TRUE(admit(strict.gate, secret, {.read_key = true}));
  auto refused = admit(strict.gate, secret, {.read_key = true});
  ASSERT_FALSE(refused);
  auto response = net::problem(refused.error(), "r-1");
  std::map<std::string, std::string> headers(response.headers.begin(), response.headers.end());
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(headers["Retry-After"], "1");
  EXPECT_EQ(headers["RateLimit-Limit"], "1");
  EXPECT_EQ(headers["RateLimit-Remaining"], "0");
  EXPECT_EQ(headers["RateLimit-Reset"], "1");
}

TEST_F(GateTest, CallsThatAreDeniedCostTheRateToo) {
  Process strict(*room.store, {}, {.requests_per_second = 2});
  const auto& secret = keys[PrincipalKind::kReadKey];
  for (int i = 0; i < 2; ++i) EXPECT_EQ(admit(strict.gate, secret, {.write_key = true}).error().code, "wrong_kind");
  EXPECT_EQ(admit(strict.gate, secret, {.read_key = true}).error().kind, ErrorKind::kRateLimited);
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
  EXPECT_TRUE(act.actor == "admin" && act.role == "admin" && act.action == "app.create" &&
              act.target == "/api/v1/admin/apps" && act.status == 201);
}

}  // namespace
}  // namespace gamekeeper::gate
