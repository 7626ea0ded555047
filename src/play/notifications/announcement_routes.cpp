#include "play/notifications/announcement_routes.h"

#include <boost/json.hpp>

#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

/// {words}, or {title, body?} for one wording in English.
Result<Wordings> words_in(const json::object& body) {
  auto words = net::optional_object_field(body, "words");
  auto title = net::optional_text_field(body, "title"), text = net::optional_text_field(body, "body");
  if (!words) return std::unexpected(words.error());
  if (!title) return std::unexpected(title.error());
  if (!text) return std::unexpected(text.error());
  if (*words && (*title || *text)) return net::invalid("bad_value", "Either `words` or `title` and `body`.", "words");
  if (*words) return wordings_of(**words, "words");
  if (!*title) return net::invalid("required", "Say it: `template`, `words`, or `title` and `body`.", "words");
  return Wordings{{"en", {std::move(**title), std::move(*text).value_or("")}}};
}

Task<Result<Response>> announce(Announcements& announcements, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"segment", "template", "words", "title", "body", "data"});
  if (!body) co_return std::unexpected(body.error());
  auto segment = net::optional_object_field(*body, "segment"), data = net::optional_object_field(*body, "data");
  auto name = net::optional_text_field(*body, "template");
  if (!segment) co_return std::unexpected(segment.error());
  if (!data) co_return std::unexpected(data.error());
  if (!name) co_return std::unexpected(name.error());
  auto whom = segment_of(std::move(*segment).value_or(json::object()));
  if (!whom) co_return std::unexpected(whom.error());
  Announcement wanted{.app = who.app, .by = who.subject, .segment = std::move(*whom)};
  wanted.data = std::move(*data).value_or(json::object());
  if (*name) {
    for (const char* other : {"words", "title", "body"}) {
      if (body->contains(other)) co_return net::invalid("bad_value", "The template has the words.", other);
    }
  } else {
    auto words = words_in(*body);
    if (!words) co_return std::unexpected(words.error());
    wanted.words = std::move(*words);
  }
  auto a = co_await announcements.create(std::move(wanted), std::move(*name));
  if (!a) co_return std::unexpected(a.error());
  co_return net::json(json::serialize(show(*a)), 202);
}

Task<Result<Response>> reach_of_segment(Announcements& announcements, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"segment"});
  if (!body) co_return std::unexpected(body.error());
  auto segment = net::optional_object_field(*body, "segment");
  if (!segment) co_return std::unexpected(segment.error());
  auto whom = segment_of(std::move(*segment).value_or(json::object()));
  if (!whom) co_return std::unexpected(whom.error());
  auto reach = co_await announcements.reach(who.app, std::move(*whom));
  if (!reach) co_return std::unexpected(reach.error());
  co_return net::json(json::serialize(json::object{{"players", reach->players},
                                                   {"looked_at", reach->looked_at},
                                                   {"meant", reach->meant},
                                                   {"whole", reach->is_whole()}}));
}

Task<Result<Response>> list_announcements(Announcements& announcements, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await announcements.list(who.app, *limit, request.query_param("cursor"));
  co_return net::page_of(page, [](const Announcement& a) { return show(a); });
}

Task<Result<Response>> read_announcement_route(Announcements& announcements, const Request& request,
                                               const Principal& who) {
  auto a = co_await announcements.read(who.app, std::string(request.param("id")));
  if (!a) co_return std::unexpected(a.error());
  co_return net::json(json::serialize(show(*a)));
}

Task<Result<Response>> cancel_announcement(Announcements& announcements, const Request& request, const Principal& who) {
  auto a = co_await announcements.cancel(who.app, std::string(request.param("id")));
  if (!a) co_return std::unexpected(a.error());
  co_return net::json(json::serialize(show(*a)));
}

}  // namespace

void add_announcement_routes(net::Router& router, Announcements& announcements) {
  constexpr net::RoutePolicy kReads{.admin = AdminRole::kSupport};
  const auto write = [](const char* action) {
    return net::RoutePolicy{.admin = AdminRole::kAdmin, .idempotent = true, .action = action, .audited = true};
  };
  const auto on = [&](Method method, const char* path, net::RoutePolicy policy, const char* summary, auto handle) {
    router.add(method, path, policy, summary,
               net::takes_json([&announcements, handle](const Request& r, const Principal& who) {
                 return handle(announcements, r, who);
               }));
  };
  on(Method::kPost, "/api/v1/admin/notifications", write("notification.send"), "Tells a segment of the players.",
     announce);
  on(Method::kPost, "/api/v1/admin/notifications/reach", kReads, "How many players a segment has; nobody is told.",
     reach_of_segment);
  on(Method::kGet, "/api/v1/admin/notifications", kReads, "Messages to segments, newest first.", list_announcements);
  on(Method::kGet, "/api/v1/admin/notifications/{id}", kReads, "A message and how far it has come.",
     read_announcement_route);
  on(Method::kDelete, "/api/v1/admin/notifications/{id}", write("notification.cancel"), "Nobody else is told.",
     cancel_announcement);
}

}  // namespace gamekeeper::play
