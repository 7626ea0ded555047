#include "play/notifications/notification.h"

#include <boost/json.hpp>
#include <cstdlib>

#include "base/ids.h"
#include "base/json.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr char kEnd = '\x1f';  // of a player's id

void append_number(std::string& out, std::string_view name, int64_t value) {
  out.append(out.empty() ? "{\"" : ",\"").append(name).append("\":").append(std::to_string(value));
}

/// ["id", "type", "title", "body", {data}, created_at, read_at]. Written by hand: every result writes some.
void append_item(std::string& out, const Notification& n) {
  out += out.ends_with('[') ? "[" : ",[";
  for (const std::string* text : {&n.id, &n.type, &n.title, &n.body}) {
    append_json_string(out, *text);
    out += ',';
  }
  out += json::serialize(n.data);
  out.append(",").append(std::to_string(n.created_at)).append(",").append(std::to_string(n.read_at)).append("]");
}

void append_items(std::string& out, const std::vector<Notification>& items) {
  out.append(out.empty() ? "{" : ",").append("\"items\":[");
  for (const Notification& n : items) append_item(out, n);
  out += "]}";
}

bool read_item(json::value& value, Notification& n) {
  json::array* fields = value.if_array();
  if (!fields || fields->size() != 7) return false;
  std::string* const texts[] = {&n.id, &n.type, &n.title, &n.body};
  for (size_t i = 0; i < 4; ++i) {
    const json::string* text = (*fields)[i].if_string();
    if (!text) return false;
    *texts[i] = *text;
  }
  json::object* data = (*fields)[4].if_object();
  if (!data || !(*fields)[5].is_int64() || !(*fields)[6].is_int64()) return false;
  n.data = std::move(*data);
  n.created_at = (*fields)[5].as_int64();
  n.read_at = (*fields)[6].as_int64();
  return true;
}

/// The items of a document, the first of which has this number.
bool read_items(json::object& from, const std::string& app, const std::string& player_id, int64_t first,
                std::vector<Notification>& out) {
  json::value* items = from.if_contains("items");
  if (!items || !items->is_array()) return false;
  for (json::value& each : items->as_array()) {
    Notification& n = out.emplace_back();
    n.app = app;
    n.player_id = player_id;
    n.number = first++;
    if (!read_item(each, n)) return false;
  }
  return true;
}

std::unexpected<Error> unreadable(const ports::Document& d) {
  return fail(ErrorKind::kCorrupt, "corrupt", "A stored inbox cannot be read.", d.id);
}

}  // namespace

std::string players_own(std::string_view app, std::string_view player_id) { return under(app, player_id).from; }

std::string after_players_own(std::string_view app, std::string_view player_id) { return under(app, player_id).to; }

std::string notification_id(std::string_view app, std::string_view player_id, std::string_view type,
                            std::string_view about) {
  return to_string(make_uuid_from(players_own(app, player_id).append(type).append(1, kEnd).append(about)));
}

ports::Put put_of(const Inbox& i) {
  std::string body;
  body.reserve(128 + i.open.size() * 320);
  append_number(body, "next", i.next);
  append_number(body, "total", i.total);
  append_number(body, "unread", i.unread);
  append_number(body, "newest", i.newest);
  append_number(body, "newest_on_sheets", i.newest_on_sheets);
  append_items(body, i.open);
  return {.collection = kInboxes, .id = scoped(i.app, i.player_id), .body = std::move(body), .expected = i.version};
}

ports::Put put_of(const InboxSheet& s) {
  std::string body;
  body.reserve(s.items.size() * 320);
  append_items(body, s.items);
  return {.collection = kInboxSheets,
          .id = sheet_id(s.app, s.player_id, s.page),
          .body = std::move(body),
          .expected = s.version};
}

std::string sheet_id(std::string_view app, std::string_view player_id, int64_t page) {
  return players_own(app, player_id) + std::to_string(page);
}

Result<Inbox> read_inbox(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const size_t slash = d.id.find('/');
  if (slash == d.id.npos) return unreadable(d);
  Inbox i{.app = d.id.substr(0, slash),
          .player_id = d.id.substr(slash + 1),
          .next = gate::number_of(*o, "next"),
          .total = gate::number_of(*o, "total"),
          .unread = gate::number_of(*o, "unread"),
          .newest = gate::number_of(*o, "newest"),
          .newest_on_sheets = gate::number_of(*o, "newest_on_sheets"),
          .version = d.version};
  const int64_t first_open = i.next / Inbox::kSheet * Inbox::kSheet;
  if (!read_items(*o, i.app, i.player_id, first_open, i.open) || i.first_open() != first_open || i.total < 0 ||
      i.first() < 0)
    return unreadable(d);
  return i;
}

Result<InboxSheet> read_sheet(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const size_t slash = d.id.find('/'), end = d.id.rfind(kEnd);
  if (slash == d.id.npos || end == d.id.npos || end < slash) return unreadable(d);
  InboxSheet s{.app = d.id.substr(0, slash),
               .player_id = d.id.substr(slash + 1, end - slash - 1),
               .page = std::strtoll(d.id.c_str() + end + 1, nullptr, 10),
               .version = d.version};
  if (!read_items(*o, s.app, s.player_id, s.page * Inbox::kSheet, s.items) || s.items.size() != Inbox::kSheet)
    return unreadable(d);
  return s;
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
