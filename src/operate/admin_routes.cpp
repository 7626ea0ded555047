#include "operate/admin_routes.h"

#include <boost/json.hpp>

#include "gate/gate.h"
#include "operate/admin_body.h"
#include "operate/app_routes.h"

namespace gamekeeper::operate {
namespace {

namespace json = boost::json;
using gate::Admins;
using gate::Audit;
using gate::Directory;
using net::Method;
using net::Request;
using net::Response;

/// The token under both names by which it is looked for.
json::object show(const gate::SignedIn& s) {
  return {{"access_token", s.token},    {"token", s.token},       {"token_type", "Bearer"},
          {"expires_in", s.expires_in}, {"username", s.username}, {"role", gate::role_name(s.role)}};
}

Task<Result<Response>> login(Admins& admins, const Request& request) {
  auto body = net::object_body(request, {"username", "password"});
  if (!body) co_return std::unexpected(body.error());
  auto username = text_of(*body, "username"), password = text_of(*body, "password");
  if (!username) co_return std::unexpected(username.error());
  if (!password) co_return std::unexpected(password.error());
  auto signed_in = co_await admins.login(*username, *password, std::string(request.remote_address));
  if (!signed_in) co_return std::unexpected(signed_in.error());
  co_return net::json(json::serialize(show(*signed_in)));
}

Task<Result<Response>> use_link(Admins& admins, const Request& request) {
  auto body = net::object_body(request, {"token"});
  if (!body) co_return std::unexpected(body.error());
  auto token = text_of(*body, "token");
  if (!token) co_return std::unexpected(token.error());
  auto signed_in = co_await admins.use_link(*token);
  if (!signed_in) co_return std::unexpected(signed_in.error());
  co_return net::json(json::serialize(show(*signed_in)));
}

Task<Result<Response>> logout(Admins& admins, const Request& request) {
  auto done = co_await admins.logout(std::string(gate::credential_of(request)));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

/// The apps that a new administrator is limited to; they must exist.
Result<std::vector<std::string>> apps_of(const Directory& directory, const json::object& body) {
  std::vector<std::string> out;
  const json::value* apps = body.if_contains("apps");
  if (!apps || apps->is_null()) return out;
  if (!apps->is_array() || apps->as_array().empty())
    return invalid("bad_type", "The apps must be a list of ids; leave the field out for all apps.", "apps",
                   "list of ids");
  for (const json::value& app : apps->as_array()) {
    if (!app.is_string()) return invalid("bad_type", "An app's id must be a string.", "apps", "list of ids");
    out.emplace_back(app.as_string());
    if (!directory.share()->apps.contains(out.back()))
      return invalid("unknown_app", "There is no app of this id.", "apps", out.back());
  }
  return out;
}

json::object show(const gate::Admin& admin) {
  json::object out{{"username", admin.username},
                   {"role", gate::role_name(admin.role)},
                   {"apps", nullptr},
                   {"created_at", format_time(admin.created_at)}};
  if (!admin.apps.empty()) out["apps"] = json::array(admin.apps.begin(), admin.apps.end());
  return out;
}

Task<Result<Response>> create_admin(Directory& directory, Admins& admins, const Request& request) {
  auto body = net::object_body(request, {"username", "password", "role", "apps"});
  if (!body) co_return std::unexpected(body.error());
  auto username = text_of(*body, "username"), password = text_of(*body, "password"), role = text_of(*body, "role");
  for (auto* field : {&username, &password, &role}) {
    if (!*field) co_return std::unexpected(field->error());
  }
  auto known = gate::role_of(*role);
  if (!known) co_return invalid("bad_value", "There is no such role.", "role", "analyst | support | admin");
  auto apps = apps_of(directory, *body);
  if (!apps) co_return std::unexpected(apps.error());
  auto done = co_await admins.create(*username, *password, *known, std::move(*apps));
  if (!done) co_return std::unexpected(done.error());
  co_return net::json(json::serialize(show(*admins.find(*username))), 201);
}

Task<Result<Response>> list_admins(Admins& admins, const Request& request) {
  json::array items;
  for (const auto& admin : admins.list()) items.push_back(show(admin));
  co_return net::page_of_whole(std::move(items), "username", request);
}

Task<Result<Response>> remove_admin(Admins& admins, const Request& request) {
  auto done = co_await admins.remove(std::string(request.param("username")));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

/// Administrators' tokens and players' have keys of their own; both turn.
Task<Result<Response>> rotate_signing_keys(Admins& admins, gate::PlayerAccess& players, const Request& request) {
  constexpr int64_t kLife = Admins::kTokenLifeMs / 1000;
  auto body = net::object_body(request, {"overlap_seconds"});
  if (!body) co_return std::unexpected(body.error());
  auto overlap = seconds_of(*body, "overlap_seconds", kLife, kLife);
  if (!overlap) co_return std::unexpected(overlap.error());
  for (auto done : {co_await admins.rotate_signing_key(*overlap), co_await players.rotate_signing_key(*overlap)}) {
    if (!done) co_return std::unexpected(done.error());
  }
  co_return Response{.status = 204};
}

/// Who is limited to certain apps sees the acts in one of them; the others see all acts.
Task<Result<Response>> list_audit(Admins& admins, Audit& audit, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  const auto admin = admins.find(who.subject);
  const bool limited = admin && !admin->apps.empty();
  std::string app = limited ? who.app : std::string();
  if (limited && app.empty() && admin->apps.size() > 1) {
    co_return invalid("required", "You look after several apps: name one by the header Gamekeeper-App.",
                      "Gamekeeper-App");
  }
  if (limited && app.empty()) app = admin->apps.front();
  auto page = co_await audit.list(*limit, request.query_param("cursor"), std::move(app));
  if (!page) co_return std::unexpected(page.error());
  json::array items;
  for (const auto& act : page->items) {
    items.push_back(json::object{{"id", act.id},
                                 {"at", format_time(act.at)},
                                 {"actor", act.actor},
                                 {"role", act.role},
                                 {"action", act.action},
                                 {"target", act.target},
                                 {"app", act.app},
                                 {"details", {{"status", act.status}}},
                                 {"request_id", act.request_id}});
  }
  json::object out{{"items", std::move(items)}, {"next_cursor", nullptr}};
  if (!page->next_cursor.empty()) out["next_cursor"] = page->next_cursor;
  co_return net::json(json::serialize(out));
}

Task<Result<Response>> reply(Response response) { co_return response; }

void add_sign_in_routes(net::Router& router, Admins& admins, const std::string& base) {
  const net::RoutePolicy open{.anonymous = true, .needs_app = false};
  router.add(Method::kPost, base + "login", open, "Signs an administrator in.",
             net::takes_json([&admins](const Request& r, const Principal&) { return login(admins, r); }));
  router.add(Method::kPost, base + "signin-link", open, "Signs in by a one-time link.",
             net::takes_json([&admins](const Request& r, const Principal&) { return use_link(admins, r); }));
  const net::RoutePolicy signed_in{
      .admin = AdminRole::kAnalyst, .needs_app = false, .action = "admin.logout", .audited = true};
  router.add(Method::kPost, base + "logout", signed_in, "Ends the token that calls.",
             [&admins](const Request& r, const Principal&) { return logout(admins, r); });
}

void add_house_routes(net::Router& router, Directory& directory, Admins& admins, gate::PlayerAccess& players,
                      const std::string& base) {
  auto act = [](const char* action) {
    return net::RoutePolicy{.admin = AdminRole::kAdmin,
                            .needs_app = false,
                            .whole_house = true,
                            .idempotent = true,
                            .action = action,
                            .audited = true};
  };
  const net::RoutePolicy see_all{.admin = AdminRole::kAdmin, .needs_app = false, .whole_house = true};
  router.add(Method::kGet, base + "admins", see_all, "Lists administrators.",
             [&admins](const Request& r, const Principal&) { return list_admins(admins, r); });
  router.add(Method::kPost, base + "admins", act("admin.create"), "Makes an administrator.",
             net::takes_json([&directory, &admins](const Request& r, const Principal&) {
               return create_admin(directory, admins, r);
             }));
  router.add(Method::kDelete, base + "admins/{username}", act("admin.remove"), "Removes an administrator.",
             [&admins](const Request& r, const Principal&) { return remove_admin(admins, r); });
  router.add(Method::kPost, base + "signing-key/rotate", act("signing_key.rotate"),
             "Signs tokens with a new key; the old one's end after an overlap.",
             net::takes_json([&admins, &players](const Request& r, const Principal&) {
               return rotate_signing_keys(admins, players, r);
             }));
}

}  // namespace

void add_admin_routes(net::Router& router, Directory& directory, Admins& admins, gate::PlayerAccess& players,
                      Audit& audit, const Clock&, Info info) {
  const std::string base = "/api/v1/admin/";
  const net::RoutePolicy look{.admin = AdminRole::kAnalyst, .needs_app = false};
  add_sign_in_routes(router, admins, base);
  add_app_routes(router, directory, admins);
  add_house_routes(router, directory, admins, players, base);
  router.add(Method::kGet, base + "audit", look, "What administrators did, newest first.",
             [&admins, &audit](const Request& r, const Principal& who) { return list_audit(admins, audit, r, who); });
  router.add(Method::kGet, base + "info", look, "What this server is.", [info](const Request&, const Principal&) {
    return reply(net::json(json::serialize(json::object{{"version", GAMEKEEPER_VERSION},
                                                        {"mode", info.mode},
                                                        {"simulated", info.simulated},
                                                        {"partitions", info.partitions},
                                                        {"started_at", format_time(info.started_at)}})));
  });
}

}  // namespace gamekeeper::operate
