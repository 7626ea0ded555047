#include "play/notifications/preferences.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/locale.h"
#include "base/zoned.h"
#include "gate/records.h"
#include "net/json_body.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr int kPreferenceTries = 5;  // of a change that meets other changes
constexpr int kMinutesOfDay = 24 * 60;
constexpr std::array<std::pair<std::string_view, bool Channels::*>, 3> kChannels{
    {{"inbox", &Channels::inbox}, {"push", &Channels::push}, {"email", &Channels::email}}};

std::string clock_time(int minutes) { return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60); }

Result<int> minutes_of(const json::object& o, std::string_view name) {
  const json::value* value = o.if_contains(name);
  const std::string field = "quiet_hours." + std::string(name);
  if (!value) return net::invalid("required", "The field is required.", field);
  const std::string_view text = value->is_string() ? std::string_view(value->as_string()) : std::string_view();
  const auto digit = [&](size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4)) {
    const int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    if (hour < 24 && minute < 60) return hour * 60 + minute;
  }
  return net::invalid("bad_value", "A time of day is written as 22:00.", field, "00:00 to 23:59");
}

Result<std::optional<QuietHours>> quiet_of(const json::value& value) {
  if (value.is_null()) return std::optional<QuietHours>();
  if (!value.is_object()) return net::invalid("bad_type", "Quiet hours are an object.", "quiet_hours", "object");
  const json::object& o = value.as_object();
  for (const auto& field : o) {
    if (field.key() != "from" && field.key() != "to")
      return net::invalid("unknown_field", "Quiet hours have `from` and `to`.",
                          "quiet_hours." + std::string(field.key()));
  }
  auto from = minutes_of(o, "from"), to = minutes_of(o, "to");
  if (!from) return std::unexpected(from.error());
  if (!to) return std::unexpected(to.error());
  if (*from == *to)
    return net::invalid("bad_value", "Quiet hours end at another time than they begin.", "quiet_hours.to");
  return std::optional<QuietHours>({*from, *to});
}

Result<void> merge_channels(Channels& channels, const json::object& change, const std::string& type) {
  for (const auto& [name, value] : change) {
    const std::string field = fmt::format("channels.{}.{}", type, std::string_view(name));
    const auto known = std::ranges::find(kChannels, std::string_view(name), [](const auto& c) { return c.first; });
    if (known == kChannels.end())
      return net::invalid("unknown_field", "There is no such channel.", field, "inbox, push, email");
    if (!value.is_bool()) return net::invalid("bad_type", "A channel is on or off.", field, "true or false");
    channels.*known->second = value.as_bool();
  }
  return {};
}

Result<void> merge_types(Preferences& p, const json::value& value) {
  if (value.is_null()) {
    p.channels.clear();
    return {};
  }
  if (!value.is_object()) return net::invalid("bad_type", "Channels are an object.", "channels", "object");
  for (const auto& [name, change] : value.as_object()) {
    const std::string type(name);
    if (std::ranges::find(kNotificationTypes, type) == kNotificationTypes.end())
      return net::invalid("unknown_field", "There is no such type of notification.", "channels." + type);
    if (change.is_null()) {
      p.channels.erase(type);
      continue;
    }
    if (!change.is_object())
      return net::invalid("bad_type", "Channels of a type are an object.", "channels." + type, "object");
    Channels channels = p.of(type);
    if (auto ok = merge_channels(channels, change.as_object(), type); !ok) return ok;
    p.channels[type] = channels;
  }
  return {};
}

Result<void> merge_text(std::string& slot, const json::value& value, std::string_view name, std::string fallback) {
  if (value.is_null()) {
    slot = std::move(fallback);
    return {};
  }
  if (!value.is_string()) return net::invalid("bad_type", "The field must be a string.", std::string(name), "string");
  slot = value.as_string();
  if (name == "locale") return check_locale(slot, "locale");
  if (!TimeZone::find(slot))
    return net::invalid("unknown_time_zone", "There is no such time zone.", "timezone",
                        "an IANA name such as Europe/Berlin");
  return {};
}

json::object show_channels(const Channels& channels) {
  json::object out;
  for (const auto& [name, slot] : kChannels) out[name] = channels.*slot;
  return out;
}

}  // namespace

Result<void> check_locale(std::string_view locale, std::string field) {
  if (is_language_tag(locale)) return {};
  return net::invalid("bad_locale", "This is no language tag.", std::move(field), "such as en, de or pt-BR");
}

Channels Preferences::of(std::string_view type) const {
  const auto own = channels.find(type);
  return own == channels.end() ? Channels() : own->second;
}

std::optional<UnixMillis> quiet_until(const Preferences& p, UnixMillis now) {
  if (!p.quiet) return std::nullopt;
  const auto zone = TimeZone::find(p.timezone);
  if (!zone) return std::nullopt;
  const DayNumber today = zone->day_of(now);
  for (const DayNumber day : {today - 1, today}) {
    const DayNumber last = p.quiet->from < p.quiet->to ? day : day + 1;
    const UnixMillis begins = zone->at(day, p.quiet->from), ends = zone->at(last, p.quiet->to);
    if (begins <= now && now < ends) return ends;
  }
  return std::nullopt;
}

Result<void> merge(Preferences& p, const json::object& change) {
  for (const auto& [name, value] : change) {
    Result<void> ok;
    if (name == "locale") {
      ok = merge_text(p.locale, value, name, "");
    } else if (name == "timezone") {
      ok = merge_text(p.timezone, value, name, "UTC");
    } else if (name == "quiet_hours") {
      auto quiet = quiet_of(value);
      if (!quiet) return std::unexpected(quiet.error());
      p.quiet = *quiet;
    } else if (name == "channels") {
      ok = merge_types(p, value);
    } else {
      ok = net::invalid("unknown_field", "Preferences have no such field.", std::string(name));
    }
    if (!ok) return ok;
  }
  return {};
}

json::object show(const Preferences& p) {
  json::object channels;
  for (const std::string_view type : kNotificationTypes) channels[type] = show_channels(p.of(type));
  json::value quiet;
  if (p.quiet) quiet = json::object{{"from", clock_time(p.quiet->from)}, {"to", clock_time(p.quiet->to)}};
  return {{"locale", p.locale.empty() ? json::value(nullptr) : json::value(p.locale)},
          {"timezone", p.timezone},
          {"quiet_hours", std::move(quiet)},
          {"channels", std::move(channels)}};
}

ports::Put put_of(const Preferences& p) {
  json::object channels;
  for (const auto& [type, own] : p.channels) channels[type] = show_channels(own);
  json::object body{{"locale", p.locale}, {"timezone", p.timezone}, {"channels", std::move(channels)}};
  if (p.quiet) body["quiet"] = json::array{p.quiet->from, p.quiet->to};
  return {.collection = kPreferences,
          .id = scoped(p.app, p.player_id),
          .body = json::serialize(body),
          .expected = p.version};
}

Result<Preferences> read_preferences(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const size_t slash = d.id.find('/');
  Preferences p{.app = d.id.substr(0, slash),
                .player_id = d.id.substr(slash + 1),
                .locale = gate::text_of(*o, "locale"),
                .timezone = gate::text_of(*o, "timezone"),
                .version = d.version};
  const auto bad = [&] {
    return fail(ErrorKind::kCorrupt, "corrupt", "A player's stored preferences cannot be read.", d.id);
  };
  if (const json::value* quiet = o->if_contains("quiet")) {
    if (!quiet->is_array() || quiet->as_array().size() != 2) return bad();
    const auto &from = quiet->as_array()[0], &to = quiet->as_array()[1];
    if (!from.is_int64() || !to.is_int64()) return bad();
    p.quiet =
        QuietHours{static_cast<int>(from.as_int64() % kMinutesOfDay), static_cast<int>(to.as_int64() % kMinutesOfDay)};
  }
  const json::value* channels = o->if_contains("channels");
  if (!channels || !channels->is_object()) return bad();
  for (const auto& [type, own] : channels->as_object()) {
    if (!own.is_object()) return bad();
    if (auto ok = merge_channels(p.channels[std::string(type)], own.as_object(), std::string(type)); !ok) return bad();
  }
  return p;
}

Task<Result<Preferences>> load_preferences(ports::DocumentStore& documents, std::string app, std::string player_id) {
  auto found = co_await documents.get(kPreferences, scoped(app, player_id));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return Preferences{.app = std::move(app), .player_id = std::move(player_id)};
  co_return read_preferences(**found);
}

Task<Result<Preferences>> change_preferences(ports::DocumentStore& documents, std::string app, std::string player_id,
                                             json::object change) {
  for (int tries = 0; tries < kPreferenceTries; ++tries) {
    auto p = co_await load_preferences(documents, app, player_id);
    if (!p) co_return p;
    if (auto ok = merge(*p, change); !ok) co_return std::unexpected(ok.error());
    ports::WriteSet set;
    set.puts.push_back(put_of(*p));
    auto done = co_await documents.commit(std::move(set));
    if (done) co_return p;
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "These preferences are being changed by many at once.");
}

}  // namespace gamekeeper::play
