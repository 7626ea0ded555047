#include "play/notifications/announcement.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "events/extract.h"
#include "gate/records.h"
#include "net/json_body.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kAnnouncementNames{"running", "done", "cancelled"};

Result<void> take_players(Segment& s, const json::value& value) {
  if (!value.is_array() || value.as_array().empty() || value.as_array().size() > Segment::kPlayersMax)
    return net::invalid("bad_value", "The players are a list of ids.", "segment.players", "1 to 1000 ids");
  for (const json::value& id : value.as_array()) {
    if (!id.is_string() || !events::is_id_text(std::string_view(id.as_string())))
      return net::invalid("bad_type", "A player's id is a string.", "segment.players", "list of ids");
    s.players.emplace_back(id.as_string());
  }
  std::ranges::sort(s.players);
  s.players.erase(std::ranges::unique(s.players).begin(), s.players.end());
  return {};
}

/// Takes the two ends of a range out of an object; at least one of them is there.
template <class Value, class Read>
Result<void> take_range(const json::value& range, const std::string& field,
                        std::pair<const char*, std::optional<Value>*> a,
                        std::pair<const char*, std::optional<Value>*> b, Read read, const char* limit) {
  if (!range.is_object() || range.as_object().empty())
    return net::invalid("bad_type", "A range is an object with one end or both.", field, limit);
  for (const auto& [name, value] : range.as_object()) {
    auto* slot = name == a.first ? a.second : name == b.first ? b.second : nullptr;
    const std::string at = field + "." + std::string(name);
    if (!slot) return net::invalid("unknown_field", "A range has no such end.", at, limit);
    *slot = read(value);
    if (!*slot) return net::invalid("bad_value", "This is no end of such a range.", at, limit);
  }
  return {};
}

std::optional<int64_t> whole_number(const json::value& value) {
  return value.is_int64() ? std::optional(value.as_int64()) : std::nullopt;
}

std::optional<UnixMillis> time_of(const json::value& value) {
  return value.is_string() ? parse_time(value.as_string()) : std::nullopt;
}

template <class Value, class Show>
void show_range(json::object& to, const char* name, std::pair<const char*, std::optional<Value>> a,
                std::pair<const char*, std::optional<Value>> b, Show show_value) {
  json::object range;
  if (a.second) range[a.first] = show_value(*a.second);
  if (b.second) range[b.first] = show_value(*b.second);
  if (!range.empty()) to[name] = std::move(range);
}

}  // namespace

std::string_view name_of(AnnouncementStatus status) { return kAnnouncementNames[static_cast<size_t>(status)]; }

Result<Segment> segment_of(const json::object& object) {
  Segment s;
  if (object.empty())
    return net::invalid("required", "Say whom it is for.", "segment", "all, players, rating, last_seen");
  for (const auto& [name, value] : object) {
    Result<void> ok;
    if (name == "all") {
      if (!value.is_bool() || !value.as_bool() || object.size() > 1)
        ok = net::invalid("bad_value", "`all` is true, and alone.", "segment.all", "true");
    } else if (name == "players") {
      ok = take_players(s, value);
    } else if (name == "rating") {
      ok = take_range<int64_t>(value, "segment.rating", {"min", &s.rating_min}, {"max", &s.rating_max}, whole_number,
                               "min, max: whole numbers");
    } else if (name == "last_seen") {
      ok = take_range<UnixMillis>(value, "segment.last_seen", {"since", &s.seen_since}, {"before", &s.seen_before},
                                  time_of, "since, before: RFC 3339");
    } else {
      ok = net::invalid("unknown_field", "There is no such segment.", "segment." + std::string(name),
                        "all, players, rating, last_seen");
    }
    if (!ok) return std::unexpected(ok.error());
  }
  return s;
}

json::object show(const Segment& s) {
  json::object out;
  if (!s.players.empty()) {
    json::array players;
    for (const std::string& id : s.players) players.push_back(json::string(id));
    out["players"] = std::move(players);
  }
  const auto as_it_is = [](int64_t n) { return json::value(n); };
  const auto as_time = [](UnixMillis at) { return json::value(format_time(at)); };
  show_range<int64_t>(out, "rating", {"min", s.rating_min}, {"max", s.rating_max}, as_it_is);
  show_range<UnixMillis>(out, "last_seen", {"since", s.seen_since}, {"before", s.seen_before}, as_time);
  if (out.empty()) out["all"] = true;
  return out;
}

ports::Put put_of(const Announcement& a) {
  const json::object body{{"by", a.by},
                          {"segment", show(a.segment)},
                          {"words", show(a.words)},
                          {"data", a.data},
                          {"status", name_of(a.status)},
                          {"cursor", a.cursor},
                          {"players", a.players},
                          {"looked_at", a.looked_at},
                          {"told", a.told},
                          {"created_at", a.created_at},
                          {"ended_at", a.ended_at}};
  const std::string made = gate::sortable(a.created_at) + a.id;
  ports::Put put{.collection = kAnnouncements,
                 .id = scoped(a.app, a.id),
                 .body = json::serialize(body),
                 .entries = {{"created", scoped(a.app, made)}},
                 .expected = a.version};
  if (a.status == AnnouncementStatus::kRunning) put.entries.push_back({"running", made});
  return put;
}

Result<Announcement> read_announcement(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const auto bad = [&] { return fail(ErrorKind::kCorrupt, "corrupt", "A stored announcement cannot be read.", d.id); };
  json::value *segment = o->if_contains("segment"), *words = o->if_contains("words"), *data = o->if_contains("data");
  for (const json::value* part : {segment, words, data}) {
    if (!part || !part->is_object()) return bad();
  }
  auto whom = segment_of(segment->as_object());
  auto wordings = wordings_of(words->as_object(), "words");
  const auto status = std::ranges::find(kAnnouncementNames, gate::text_of(*o, "status"));
  if (!whom || !wordings || wordings->empty() || status == kAnnouncementNames.end()) return bad();
  const size_t slash = d.id.find('/');
  return Announcement{.app = d.id.substr(0, slash),
                      .id = d.id.substr(slash + 1),
                      .by = gate::text_of(*o, "by"),
                      .segment = std::move(*whom),
                      .words = std::move(*wordings),
                      .data = std::move(data->as_object()),
                      .status = static_cast<AnnouncementStatus>(status - kAnnouncementNames.begin()),
                      .cursor = gate::text_of(*o, "cursor"),
                      .players = gate::number_of(*o, "players"),
                      .looked_at = gate::number_of(*o, "looked_at"),
                      .told = gate::number_of(*o, "told"),
                      .created_at = gate::number_of(*o, "created_at"),
                      .ended_at = gate::number_of(*o, "ended_at"),
                      .version = d.version};
}

json::object show(const Announcement& a) {
  return {{"id", a.id},
          {"by", a.by},
          {"segment", show(a.segment)},
          {"words", show(a.words)},
          {"data", a.data},
          {"status", name_of(a.status)},
          {"players", a.players},
          {"looked_at", a.looked_at},
          {"told", a.told},
          {"created_at", format_time(a.created_at)},
          {"ended_at", a.ended_at == 0 ? json::value(nullptr) : json::value(format_time(a.ended_at))}};
}

}  // namespace gamekeeper::play
