#include "operate/admin_routes.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace gamekeeper::operate {
namespace {

namespace json = boost::json;
using gate::Admins;
using gate::AppSettings;
using gate::Audit;
using gate::Directory;
using net::Method;
using net::Request;
using net::Response;

std::unexpected<Error> invalid(std::string code, std::string message, std::string field, std::string limit = {}) {
  return fail(ErrorKind::kInvalid, std::move(code), std::move(message), std::move(field), std::move(limit));
}

Result<json::object> body_of(const Request& request, std::initializer_list<std::string_view> known) {
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(request.body.data(), request.body.size()), error);
  if (error || !value.is_object()) return invalid("bad_json", "The body must be a JSON object.", "body");
  for (const auto& field : value.as_object()) {
    if (std::find(known.begin(), known.end(), std::string_view(field.key())) == known.end()) {
      return invalid("unknown_field", "The body has a field that is not known here.", std::string(field.key()));
    }
  }
  return std::move(value.as_object());
}

Result<std::string> text_of(const json::object& body, std::string_view name, bool required = true) {
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) {
    if (!required) return std::string();
    return invalid("required", "The field is required.", std::string(name));
  }
  if (!value->is_string()) return invalid("bad_type", "The field must be a string.", std::string(name), "string");
  return std::string(value->as_string());
}

Result<AppSettings> settings_of(const json::object& body, AppSettings settings) {
  const json::value* value = body.if_contains("settings");
  if (!value || value->is_null()) return settings;
  if (!value->is_object()) return invalid("bad_type", "The settings must be an object.", "settings", "object");
  for (const auto& [key, setting] : value->as_object()) {
    const std::string field = "settings." + std::string(key);
    auto take_text = [&](std::string& to) -> Result<void> {
      if (!setting.is_string()) return invalid("bad_type", "The setting must be a string.", field, "string");
      to = std::string(setting.as_string());
      return {};
    };
    Result<void> ok;
    if (key == "timezone") ok = take_text(settings.timezone);
    else if (key == "currency") ok = take_text(settings.currency);
    else if (key == "environment") ok = take_text(settings.environment);
    else if (key == "measures") {
      if (!setting.is_array()) return invalid("bad_type", "The measures must be a list.", field, "list of event.property");
      settings.measures.clear();
      for (const auto& m : setting.as_array()) {
        if (!m.is_string()) return invalid("bad_type", "A measure must be a string.", field, "event.property");
        settings.measures.emplace_back(m.as_string());
      }
    } else if (key == "limits") {
      if (!setting.is_object()) return invalid("bad_type", "The limits must be an object.", field, "object");
      for (const auto& [name, limit] : setting.as_object()) {
        int64_t* to = name == "requests_per_second" ? &settings.requests_per_second : name == "events_per_second" ? &settings.events_per_second : nullptr;
        if (!to) return invalid("unknown_field", "There is no such limit.", field + "." + std::string(name));
        if (!limit.is_int64() || limit.as_int64() < 0) return invalid("bad_type", "A limit must be a whole number.", field + "." + std::string(name), "0 and more");
        *to = limit.as_int64();
      }
    } else return invalid("unknown_field", "There is no such setting.", field);
    if (!ok) return std::unexpected(ok.error());
  }
  return settings;
}

json::object show(const gate::App& app) {
  json::array measures;
  for (const auto& m : app.settings.measures) measures.emplace_back(m);
  return {{"id", app.id}, {"name", app.name}, {"created_at", format_time(app.created_at)},
          {"settings", {{"timezone", app.settings.timezone}, {"currency", app.settings.currency}, {"environment", app.settings.environment},
                        {"measures", std::move(measures)},
                        {"limits", {{"requests_per_second", app.settings.requests_per_second}, {"events_per_second", app.settings.events_per_second}}}}}};
}

json::value time_or_null(UnixMillis at) { return at == 0 ? json::value(nullptr) : json::value(format_time(at)); }

json::object show(const gate::Key& key, UnixMillis used) {
  return {{"id", key.id}, {"name", key.name}, {"kind", gate::kind_name(key.kind)}, {"prefix", key.prefix}, {"created_at", format_time(key.created_at)},
          {"last_used_at", time_or_null(std::max(key.last_used_at, used))}, {"revoked_at", time_or_null(key.revoked_at)}, {"expires_at", nullptr}};
}

json::object show(const gate::SignedIn& s) {
  return {{"access_token", s.token}, {"token_type", "Bearer"}, {"expires_in", s.expires_in}, {"username", s.username}, {"role", gate::role_name(s.role)}};
}

Response list(json::array items) { return net::json(json::serialize(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}})); }

Task<Result<Response>> login(Admins& admins, const Request& request) {
  auto body = body_of(request, {"username", "password"});
  if (!body) co_return std::unexpected(body.error());
  auto username = text_of(*body, "username"), password = text_of(*body, "password");
  if (!username) co_return std::unexpected(username.error());
  if (!password) co_return std::unexpected(password.error());
  auto signed_in = co_await admins.login(*username, *password, std::string(request.remote_address));
  if (!signed_in) co_return std::unexpected(signed_in.error());
  co_return net::json(json::serialize(show(*signed_in)));
}

Task<Result<Response>> use_link(Admins& admins, const Request& request) {
  auto body = body_of(request, {"token"});
  if (!body) co_return std::unexpected(body.error());
  auto token = text_of(*body, "token");
  if (!token) co_return std::unexpected(token.error());
  auto signed_in = co_await admins.use_link(*token);
  if (!signed_in) co_return std::unexpected(signed_in.error());
  co_return net::json(json::serialize(show(*signed_in)));
}

Task<Result<Response>> create_app(Directory& directory, const Request& request) {
  auto body = body_of(request, {"id", "name", "settings"});
  if (!body) co_return std::unexpected(body.error());
  auto id = text_of(*body, "id"), name = text_of(*body, "name", false);
  if (!id) co_return std::unexpected(id.error());
  if (!name) co_return std::unexpected(name.error());
  auto settings = settings_of(*body, {});
  if (!settings) co_return std::unexpected(settings.error());
  auto app = co_await directory.create_app(*id, *name, *settings);
  if (!app) co_return std::unexpected(app.error());
  co_return net::json(json::serialize(show(*app)), 201);
}

Task<Result<Response>> change_app(Directory& directory, const Request& request) {
  auto body = body_of(request, {"settings"});
  if (!body) co_return std::unexpected(body.error());
  const std::string id(request.param("app"));
  auto snapshot = directory.share();
  auto known = snapshot->apps.find(id);
  if (known == snapshot->apps.end()) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such app.", "app");
  auto settings = settings_of(*body, known->second->settings);
  if (!settings) co_return std::unexpected(settings.error());
  auto app = co_await directory.change_app(id, *settings);
  if (!app) co_return std::unexpected(app.error());
  co_return net::json(json::serialize(show(*app)));
}

Task<Result<Response>> create_key(Directory& directory, const Request& request) {
  auto body = body_of(request, {"kind", "name"});
  if (!body) co_return std::unexpected(body.error());
  auto kind = text_of(*body, "kind"), name = text_of(*body, "name", false);
  if (!kind) co_return std::unexpected(kind.error());
  if (!name) co_return std::unexpected(name.error());
  auto known = gate::kind_of(*kind);
  if (!known) co_return invalid("bad_value", "There is no such kind of key.", "kind", "write | read | server");
  auto made = co_await directory.create_key(std::string(request.param("app")), *known, *name);
  if (!made) co_return std::unexpected(made.error());
  json::object out = show(made->key, 0);
  out["key"] = made->secret;
  co_return net::json(json::serialize(out), 201);
}

Task<Result<Response>> list_keys(Directory& directory, const Request& request) {
  auto snapshot = directory.share();
  const std::string app(request.param("app"));
  if (!snapshot->apps.contains(app)) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such app.", "app");
  json::array items;
  for (auto key = snapshot->all_keys.rbegin(); key != snapshot->all_keys.rend(); ++key) {
    if (key->app != app) continue;
    auto live = snapshot->by_id.find(key->id);
    items.push_back(show(*key, live == snapshot->by_id.end() ? 0 : live->second->used->load()));
  }
  co_return list(std::move(items));
}

Task<Result<Response>> revoke_key(Directory& directory, const Request& request) {
  auto done = co_await directory.revoke_key(std::string(request.param("app")), std::string(request.param("id")));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> create_admin(Admins& admins, const Request& request) {
  auto body = body_of(request, {"username", "password", "role"});
  if (!body) co_return std::unexpected(body.error());
  auto username = text_of(*body, "username"), password = text_of(*body, "password"), role = text_of(*body, "role");
  for (auto* field : {&username, &password, &role}) {
    if (!*field) co_return std::unexpected(field->error());
  }
  auto known = gate::role_of(*role);
  if (!known) co_return invalid("bad_value", "There is no such role.", "role", "analyst | support | admin");
  auto done = co_await admins.create(*username, *password, *known);
  if (!done) co_return std::unexpected(done.error());
  co_return net::json(json::serialize(json::object{{"username", *username}, {"role", *role}}), 201);
}

Task<Result<Response>> list_audit(Audit& audit, const Request& request) {
  uint32_t limit = 50;
  const std::string text = request.query_param("limit");
  if (!text.empty()) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > 1000) {
      co_return invalid("bad_limit", "The limit must be a number from 1 to 1000.", "limit", "1 to 1000");
    }
  }
  auto page = co_await audit.list(limit, request.query_param("cursor"));
  if (!page) co_return std::unexpected(page.error());
  json::array items;
  for (const auto& act : page->items) {
    items.push_back(json::object{{"id", act.id}, {"at", format_time(act.at)}, {"actor", act.actor}, {"role", act.role}, {"action", act.action},
                                 {"target", act.target}, {"app", act.app}, {"details", {{"status", act.status}}}, {"request_id", act.request_id}});
  }
  json::object out{{"items", std::move(items)}, {"next_cursor", nullptr}};
  if (!page->next_cursor.empty()) out["next_cursor"] = page->next_cursor;
  co_return net::json(json::serialize(out));
}

Task<Result<Response>> now(Response response) { co_return response; }

Task<Result<Response>> remove_admin(Admins& admins, const Request& request) {
  auto done = co_await admins.remove(std::string(request.param("username")));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

}  // namespace

void add_admin_routes(net::Router& router, Directory& directory, Admins& admins, Audit& audit, const Clock&, Info info) {
  const net::RoutePolicy open{.anonymous = true, .needs_app = false};
  const net::RoutePolicy look{.admin = AdminRole::kAnalyst, .needs_app = false};
  auto act = [](const char* action) { return net::RoutePolicy{.admin = AdminRole::kAdmin, .needs_app = false, .action = action, .audited = true}; };
  const net::RoutePolicy see_all{.admin = AdminRole::kAdmin, .needs_app = false};
  const std::string base = "/api/v1/admin/";
  router.add(Method::kPost, base + "login", open, "Signs an administrator in.", [&admins](const Request& r, const Principal&) { return login(admins, r); });
  router.add(Method::kPost, base + "signin-link", open, "Signs in by a one-time link.", [&admins](const Request& r, const Principal&) { return use_link(admins, r); });
  router.add(Method::kGet, base + "apps", look, "Lists apps.", [&directory](const Request&, const Principal&) {
    json::array items;
    for (const auto& [id, app] : directory.share()->apps) items.push_back(show(*app));
    return now(list(std::move(items)));
  });
  router.add(Method::kPost, base + "apps", act("app.create"), "Makes an app.", [&directory](const Request& r, const Principal&) { return create_app(directory, r); });
  router.add(Method::kPut, base + "apps/{app}", act("app.update"), "Changes an app's settings.", [&directory](const Request& r, const Principal&) { return change_app(directory, r); });
  router.add(Method::kGet, base + "apps/{app}/keys", look, "Lists an app's keys.", [&directory](const Request& r, const Principal&) { return list_keys(directory, r); });
  router.add(Method::kPost, base + "apps/{app}/keys", act("key.create"), "Makes a key; its secret is shown once.", [&directory](const Request& r, const Principal&) { return create_key(directory, r); });
  router.add(Method::kDelete, base + "apps/{app}/keys/{id}", act("key.revoke"), "Revokes a key.", [&directory](const Request& r, const Principal&) { return revoke_key(directory, r); });
  router.add(Method::kGet, base + "admins", see_all, "Lists administrators.", [&admins](const Request&, const Principal&) {
    json::array items;
    for (const auto& admin : admins.list()) items.push_back(json::object{{"username", admin.username}, {"role", gate::role_name(admin.role)}, {"created_at", format_time(admin.created_at)}});
    return now(list(std::move(items)));
  });
  router.add(Method::kPost, base + "admins", act("admin.create"), "Makes an administrator.", [&admins](const Request& r, const Principal&) { return create_admin(admins, r); });
  router.add(Method::kDelete, base + "admins/{username}", act("admin.remove"), "Removes an administrator.", [&admins](const Request& r, const Principal&) { return remove_admin(admins, r); });
  router.add(Method::kGet, base + "audit", look, "What administrators did, newest first.", [&audit](const Request& r, const Principal&) { return list_audit(audit, r); });
  router.add(Method::kGet, base + "info", look, "What this server is.", [info](const Request&, const Principal&) {
    return now(net::json(json::serialize(json::object{{"version", GAMEKEEPER_VERSION}, {"mode", info.mode}, {"simulated", info.simulated},
                                                      {"partitions", info.partitions}, {"started_at", format_time(info.started_at)}})));
  });
}

}  // namespace gamekeeper::operate
