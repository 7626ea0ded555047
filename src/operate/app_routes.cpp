#include "operate/app_routes.h"

#include <algorithm>
#include <boost/json.hpp>

#include "operate/admin_body.h"

namespace gamekeeper::operate {
namespace {

namespace json = boost::json;
using gate::Admins;
using gate::AppSettings;
using gate::Directory;
using net::Method;
using net::Request;
using net::Response;

constexpr int64_t kDay = 24 * 3600, kOverlapMax = 90 * kDay;  // seconds

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
    if (key == "timezone")
      ok = take_text(settings.timezone);
    else if (key == "currency")
      ok = take_text(settings.currency);
    else if (key == "environment")
      ok = take_text(settings.environment);
    else if (key == "locale")
      ok = take_text(settings.locale);
    else if (key == "measures") {
      if (!setting.is_array())
        return invalid("bad_type", "The measures must be a list.", field, "list of event.property");
      settings.measures.clear();
      for (const auto& m : setting.as_array()) {
        if (!m.is_string()) return invalid("bad_type", "A measure must be a string.", field, "event.property");
        settings.measures.emplace_back(m.as_string());
      }
    } else if (key == "limits") {
      if (!setting.is_object()) return invalid("bad_type", "The limits must be an object.", field, "object");
      for (const auto& [name, limit] : setting.as_object()) {
        int64_t* to = name == "requests_per_second" ? &settings.requests_per_second
                      : name == "events_per_second" ? &settings.events_per_second
                                                    : nullptr;
        if (!to) return invalid("unknown_field", "There is no such limit.", field + "." + std::string(name));
        if (!limit.is_int64() || limit.as_int64() < 0)
          return invalid("bad_type", "A limit must be a whole number.", field + "." + std::string(name), "0 and more");
        *to = limit.as_int64();
      }
    } else
      return invalid("unknown_field", "There is no such setting.", field);
    if (!ok) return std::unexpected(ok.error());
  }
  return settings;
}

json::object show(const gate::App& app) {
  json::array measures;
  for (const auto& m : app.settings.measures) measures.emplace_back(m);
  return {{"id", app.id},
          {"name", app.name},
          {"created_at", format_time(app.created_at)},
          {"settings",
           {{"timezone", app.settings.timezone},
            {"currency", app.settings.currency},
            {"environment", app.settings.environment},
            {"locale", app.settings.locale},
            {"measures", std::move(measures)},
            {"limits",
             {{"requests_per_second", app.settings.requests_per_second},
              {"events_per_second", app.settings.events_per_second}}}}}};
}

json::object show(const gate::Key& key, UnixMillis used) {
  return {{"id", key.id},
          {"name", key.name},
          {"kind", gate::kind_name(key.kind)},
          {"prefix", key.prefix},
          {"created_at", format_time(key.created_at)},
          {"last_used_at", time_or_null(std::max(key.last_used_at, used))},
          {"revoked_at", time_or_null(key.revoked_at)},
          {"expires_at", time_or_null(key.expires_at)}};
}

/// What was made, and where it is: the audit names it by that.
Response made_at(const std::string& path, const json::object& what) {
  Response out = net::json(json::serialize(what), 201);
  out.headers.emplace_back("Location", path);
  return out;
}

/// With the secret: shown this once.
Response show(const Directory::NewKey& made) {
  json::object out = show(made.key, 0);
  out["key"] = made.secret;
  return made_at("/api/v1/admin/apps/" + made.key.app + "/keys/" + made.key.id, out);
}

Task<Result<Response>> list_apps(Directory& directory, Admins& admins, const Request& request, const Principal& who) {
  json::array items;
  const auto admin = admins.find(who.subject);
  for (const auto& [id, app] : directory.share()->apps) {
    if (admin && admin->sees(id)) items.push_back(show(*app));
  }
  co_return net::page_of_whole(std::move(items), "id", request);
}

Task<Result<Response>> create_app(Directory& directory, const Request& request) {
  auto body = net::object_body(request, {"id", "name", "settings"});
  if (!body) co_return std::unexpected(body.error());
  auto id = text_of(*body, "id"), name = text_of(*body, "name", false);
  if (!id) co_return std::unexpected(id.error());
  if (!name) co_return std::unexpected(name.error());
  auto settings = settings_of(*body, {});
  if (!settings) co_return std::unexpected(settings.error());
  auto app = co_await directory.create_app(*id, *name, *settings);
  if (!app) co_return std::unexpected(app.error());
  co_return made_at("/api/v1/admin/apps/" + app->id, show(*app));
}

Task<Result<Response>> change_app(Directory& directory, const Request& request) {
  auto body = net::object_body(request, {"settings"});
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
  auto body = net::object_body(request, {"kind", "name", "expires_at"});
  if (!body) co_return std::unexpected(body.error());
  auto kind = text_of(*body, "kind"), name = text_of(*body, "name", false);
  if (!kind) co_return std::unexpected(kind.error());
  if (!name) co_return std::unexpected(name.error());
  auto known = gate::kind_of(*kind);
  if (!known) co_return invalid("bad_value", "There is no such kind of key.", "kind", "write | read | server");
  auto expires = text_of(*body, "expires_at", false);
  if (!expires) co_return std::unexpected(expires.error());
  const auto expires_at = expires->empty() ? std::optional<UnixMillis>(0) : parse_time(*expires);
  if (!expires_at) co_return invalid("bad_time", "The expiry must be a time.", "expires_at", "RFC 3339");
  auto made = co_await directory.create_key(std::string(request.param("app")), *known, *name, *expires_at);
  if (!made) co_return std::unexpected(made.error());
  co_return show(*made);
}

Task<Result<Response>> rotate_key(Directory& directory, const Request& request) {
  auto body = net::object_body(request, {"overlap_seconds"});
  if (!body) co_return std::unexpected(body.error());
  auto overlap = seconds_of(*body, "overlap_seconds", kOverlapMax, kDay);
  if (!overlap) co_return std::unexpected(overlap.error());
  auto made =
      co_await directory.rotate_key(std::string(request.param("app")), std::string(request.param("id")), *overlap);
  if (!made) co_return std::unexpected(made.error());
  co_return show(*made);
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
  co_return net::page_of_whole(std::move(items), "id", request);
}

Task<Result<Response>> revoke_key(Directory& directory, const Request& request) {
  auto done = co_await directory.revoke_key(std::string(request.param("app")), std::string(request.param("id")));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

}  // namespace

void add_app_routes(net::Router& router, Directory& directory, Admins& admins) {
  const net::RoutePolicy look{.admin = AdminRole::kAnalyst, .needs_app = false};
  auto act = [](const char* action, bool whole_house = false) {
    return net::RoutePolicy{.admin = AdminRole::kAdmin,
                            .needs_app = false,
                            .whole_house = whole_house,
                            .idempotent = true,
                            .action = action,
                            .audited = true};
  };
  const std::string apps = "/api/v1/admin/apps", keys = apps + "/{app}/keys";
  router.add(Method::kGet, apps, look, "Lists apps.", [&directory, &admins](const Request& r, const Principal& who) {
    return list_apps(directory, admins, r, who);
  });
  router.add(Method::kPost, apps, act("app.create", true), "Makes an app.",
             net::takes_json([&directory](const Request& r, const Principal&) { return create_app(directory, r); }));
  router.add(Method::kPut, apps + "/{app}", act("app.update"), "Changes an app's settings.",
             net::takes_json([&directory](const Request& r, const Principal&) { return change_app(directory, r); }));
  router.add(Method::kGet, keys, look, "Lists an app's keys.",
             [&directory](const Request& r, const Principal&) { return list_keys(directory, r); });
  router.add(Method::kPost, keys, act("key.create"), "Makes a key; its secret is shown once.",
             net::takes_json([&directory](const Request& r, const Principal&) { return create_key(directory, r); }));
  router.add(Method::kPost, keys + "/{id}/rotate", act("key.rotate"),
             "Makes a key in another's place; the old one goes on for an overlap.",
             net::takes_json([&directory](const Request& r, const Principal&) { return rotate_key(directory, r); }));
  router.add(Method::kDelete, keys + "/{id}", act("key.revoke"), "Revokes a key.",
             [&directory](const Request& r, const Principal&) { return revoke_key(directory, r); });
}

}  // namespace gamekeeper::operate
