#include "play/notifications/notification.h"

#include <boost/json.hpp>

#include "base/ids.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr char kEnd = '\x1f';  // of a player's id

std::string order_of(const Notification& n) {
  return players_own(n.app, n.player_id) + gate::sortable(n.created_at) + n.id;
}

}  // namespace

std::string players_own(std::string_view app, std::string_view player_id) { return under(app, player_id).from; }

std::string after_players_own(std::string_view app, std::string_view player_id) { return under(app, player_id).to; }

std::string notification_id(std::string_view app, std::string_view player_id, std::string_view type,
                            std::string_view about) {
  return to_string(make_uuid_from(players_own(app, player_id).append(type).append(1, kEnd).append(about)));
}

ports::Put put_of(const Notification& n) {
  const json::object body{{"type", n.type}, {"title", n.title},           {"body", n.body},
                          {"data", n.data}, {"created_at", n.created_at}, {"read_at", n.read_at}};
  ports::Put put{.collection = kNotifications,
                 .id = players_own(n.app, n.player_id) + n.id,
                 .body = json::serialize(body),
                 .entries = {{"player", order_of(n)}},
                 .expected = n.version};
  if (n.read_at == 0) put.entries.push_back({"unread", order_of(n)});
  return put;
}

ports::Put put_of(const Inbox& i) {
  return {.collection = kInboxes,
          .id = scoped(i.app, i.player_id),
          .body = json::serialize(json::object{{"total", i.total}, {"unread", i.unread}}),
          .expected = i.version};
}

Result<Notification> read_notification(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const size_t slash = d.id.find('/'), end = d.id.rfind(kEnd);
  json::value* data = o->if_contains("data");
  if (slash == d.id.npos || end == d.id.npos || end < slash || !data || !data->is_object())
    return fail(ErrorKind::kCorrupt, "corrupt", "A stored notification cannot be read.", d.id);
  return Notification{.app = d.id.substr(0, slash),
                      .player_id = d.id.substr(slash + 1, end - slash - 1),
                      .id = d.id.substr(end + 1),
                      .type = gate::text_of(*o, "type"),
                      .title = gate::text_of(*o, "title"),
                      .body = gate::text_of(*o, "body"),
                      .data = std::move(data->as_object()),
                      .created_at = gate::number_of(*o, "created_at"),
                      .read_at = gate::number_of(*o, "read_at"),
                      .version = d.version};
}

Result<Inbox> read_inbox(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const size_t slash = d.id.find('/');
  return Inbox{.app = d.id.substr(0, slash),
               .player_id = d.id.substr(slash + 1),
               .total = gate::number_of(*o, "total"),
               .unread = gate::number_of(*o, "unread"),
               .version = d.version};
}

json::object show(const Notification& n) {
  return {{"id", n.id},
          {"type", n.type},
          {"title", n.title},
          {"body", n.body},
          {"data", n.data},
          {"created_at", format_time(n.created_at)},
          {"read_at", n.read_at == 0 ? json::value(nullptr) : json::value(format_time(n.read_at))}};
}

}  // namespace gamekeeper::play
