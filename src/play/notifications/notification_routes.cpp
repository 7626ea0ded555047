#include "play/notifications/notification_routes.h"

#include <boost/json.hpp>

#include "net/conditions.h"
#include "net/json_body.h"
#include "play/notifications/preferences.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;
using Services = NotificationServices;

Task<Result<Response>> list_inbox(Services& services, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  const std::string unread = request.query_param("unread");
  if (!unread.empty() && unread != "true" && unread != "false")
    co_return net::invalid("bad_value", "Unread is true or false.", "unread", "true or false");
  auto page =
      co_await services.inboxes.list(who.app, who.subject, unread == "true", *limit, request.query_param("cursor"));
  if (!page) co_return std::unexpected(page.error());
  json::array items;
  for (const Notification& n : page->items) items.push_back(show(n));
  const json::object body{
      {"items", std::move(items)},
      {"next_cursor", page->next_cursor.empty() ? json::value(nullptr) : json::value(page->next_cursor)},
      {"unread", page->unread}};
  co_return net::json(json::serialize(body));
}

Task<Result<Response>> mark_read(Services& services, const Request& request, const Principal& who) {
  auto n = co_await services.inboxes.read(who.app, who.subject, std::string(request.param("id")));
  if (!n) co_return std::unexpected(n.error());
  co_return net::json(json::serialize(show(*n)));
}

Task<Result<Response>> mark_all_read(Services& services, const Request&, const Principal& who) {
  auto marked = co_await services.inboxes.read_all(who.app, who.subject);
  if (!marked) co_return std::unexpected(marked.error());
  co_return net::json(json::serialize(json::object{{"read", *marked}}));
}

Task<Result<Response>> read_own_preferences(Services& services, const Request&, const Principal& who) {
  auto p = co_await load_preferences(services.documents, who.app, who.subject);
  if (!p) co_return std::unexpected(p.error());
  co_return net::json(json::serialize(show(*p)));
}

Task<Result<Response>> change_own_preferences(Services& services, const Request& request, const Principal& who) {
  auto change = net::object_body(request, {"locale", "timezone", "quiet_hours", "channels"});
  if (!change) co_return std::unexpected(change.error());
  auto p = co_await change_preferences(services.documents, who.app, who.subject, std::move(*change));
  if (!p) co_return std::unexpected(p.error());
  co_return net::json(json::serialize(show(*p)));
}

json::object show(const Template& t) {
  json::array variables;
  for (const std::string& v : t.variables) variables.push_back(json::string(v));
  return {{"name", t.name},
          {"words", show(t.wordings)},
          {"variables", std::move(variables)},
          {"built_in", t.built_in},
          {"version", t.version}};
}

Response answer(const Template& t) {
  Response response = net::json(json::serialize(show(t)));
  response.headers.emplace_back("ETag", net::etag_of(t.version));
  return response;
}

Task<Result<Response>> list_templates(Services& services, const Request& request, const Principal& who) {
  auto all = co_await services.templates.list(who.app);
  if (!all) co_return std::unexpected(all.error());
  json::array items;
  for (const Template& t : *all) items.push_back(show(t));
  co_return net::page_of_whole(std::move(items), "name", request);
}

Task<Result<Response>> read_template_route(Services& services, const Request& request, const Principal& who) {
  auto t = co_await services.templates.read(who.app, std::string(request.param("name")));
  if (!t) co_return std::unexpected(t.error());
  co_return answer(*t);
}

Task<Result<Response>> write_template(Services& services, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"words", "variables"});
  if (!body) co_return std::unexpected(body.error());
  auto words = net::optional_object_field(*body, "words");
  if (!words) co_return std::unexpected(words.error());
  if (!*words) co_return net::invalid("required", "The field is required.", "words");
  auto wordings = wordings_of(**words, "words");
  if (!wordings) co_return std::unexpected(wordings.error());
  Template wanted{.app = who.app, .name = std::string(request.param("name")), .wordings = std::move(*wordings)};
  if (const json::value* variables = body->if_contains("variables"); variables && !variables->is_null()) {
    if (!variables->is_array()) co_return net::invalid("bad_type", "The variables are a list.", "variables", "list");
    for (const json::value& v : variables->as_array()) {
      if (!v.is_string()) co_return net::invalid("bad_type", "A variable's name is a string.", "variables", "string");
      wanted.variables.emplace_back(v.as_string());
    }
  }
  auto if_match = net::if_match_of(request);
  if (!if_match) co_return std::unexpected(if_match.error());
  auto t = co_await services.templates.write(std::move(wanted), *if_match);
  if (!t) co_return std::unexpected(t.error());
  co_return answer(*t);
}

Task<Result<Response>> remove_template(Services& services, const Request& request, const Principal& who) {
  auto done = co_await services.templates.remove(who.app, std::string(request.param("name")));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

}  // namespace

void add_notification_routes(net::Router& router, Services& services) {
  constexpr net::RoutePolicy kPlayers{.player = true};
  constexpr net::RoutePolicy kReads{.server_key = true, .admin = AdminRole::kSupport};
  const auto write = [](const char* action) {
    return net::RoutePolicy{
        .server_key = true, .admin = AdminRole::kSupport, .idempotent = true, .action = action, .audited = true};
  };
  const auto on = [&](Method method, const char* path, net::RoutePolicy policy, const char* summary, auto handle) {
    router.add(method, path, policy, summary,
               net::takes_json(
                   [&services, handle](const Request& r, const Principal& who) { return handle(services, r, who); }));
  };
  on(Method::kGet, "/api/v1/notifications", kPlayers, "The player's inbox, newest first; ?unread=true.", list_inbox);
  on(Method::kPost, "/api/v1/notifications/{id}/read", kPlayers, "Marks a notification as read.", mark_read);
  on(Method::kPost, "/api/v1/notifications/read-all", kPlayers, "Marks all as read.", mark_all_read);
  on(Method::kGet, "/api/v1/notifications/preferences", kPlayers, "What the player wants to be told, and where.",
     read_own_preferences);
  on(Method::kPut, "/api/v1/notifications/preferences", kPlayers, "Changes that.", change_own_preferences);
  on(Method::kGet, "/api/v1/notification-templates", kReads, "The app's templates.", list_templates);
  on(Method::kGet, "/api/v1/notification-templates/{name}", kReads, "A template.", read_template_route);
  on(Method::kPut, "/api/v1/notification-templates/{name}", write("template.write"), "Writes a template.",
     write_template);
  on(Method::kDelete, "/api/v1/notification-templates/{name}", write("template.remove"),
     "Removes a template; a built-in one is as it was built again.", remove_template);
}

}  // namespace gamekeeper::play
