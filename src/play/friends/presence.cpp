#include "play/friends/presence.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kPresenceNames{"offline", "online", "in_session"};

}  // namespace

std::string_view name_of(PresenceStatus status) { return kPresenceNames[static_cast<size_t>(status)]; }

void PlayerPresence::take_seat(const std::string& process, UnixMillis now) { seats.try_emplace(process, now); }

bool PlayerPresence::leave_seat(const std::string& process, UnixMillis at) {
  if (seats.erase(process) != 0) last_seen = std::max(last_seen, at);
  return seats.empty();
}

bool PlayerPresence::hide(bool hidden, UnixMillis now) {
  if (hidden == is_hidden) return false;
  is_hidden = hidden;
  hidden_seen = !hidden ? 0 : seats.empty() ? last_seen : now;
  return true;
}

json::object show(const std::string& player_id, const Presence& p) {
  json::object out{
      {"player_id", player_id}, {"status", name_of(p.status)}, {"session_id", nullptr}, {"last_seen", nullptr}};
  if (!p.session_id.empty()) out["session_id"] = p.session_id;
  if (p.last_seen != 0) out["last_seen"] = format_time(p.last_seen);
  return out;
}

std::string seats_of(std::string_view process) { return std::string(process) + '\x1f'; }

ports::Put put_of(const PlayerPresence& p) {
  json::object seats;
  for (const auto& [process, since] : p.seats) seats[process] = since;
  const json::object body{{"app", p.app},
                          {"player_id", p.player_id},
                          {"seats", std::move(seats)},
                          {"last_seen", p.last_seen},
                          {"hidden", p.is_hidden ? 1 : 0},
                          {"hidden_seen", p.hidden_seen}};
  ports::Put put{
      .collection = kPresences, .id = scoped(p.app, p.player_id), .body = json::serialize(body), .expected = p.version};
  for (const auto& [process, since] : p.seats) put.entries.push_back({"process", seats_of(process) + put.id});
  return put;
}

ports::Put put_of(const PresenceProcess& p) {
  return {.collection = kPresenceProcesses,
          .id = p.id,
          .body = json::serialize(json::object{{"until", p.until}, {"heard_at", p.heard_at}}),
          .entries = {{"until", gate::sortable(p.until) + p.id}},
          .expected = p.version};
}

Result<PlayerPresence> read_presence(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  PlayerPresence p{.app = gate::text_of(*o, "app"),
                   .player_id = gate::text_of(*o, "player_id"),
                   .last_seen = gate::number_of(*o, "last_seen"),
                   .is_hidden = gate::number_of(*o, "hidden") != 0,
                   .hidden_seen = gate::number_of(*o, "hidden_seen"),
                   .version = d.version};
  const json::value* seats = o->if_contains("seats");
  if (!seats || !seats->is_object())
    return fail(ErrorKind::kCorrupt, "corrupt", "A stored presence cannot be read.", d.id);
  for (const auto& [process, since] : seats->as_object())
    p.seats.emplace(process, gate::number_of(seats->as_object(), process));
  return p;
}

Result<PresenceProcess> read_presence_process(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  return PresenceProcess{.id = d.id,
                         .until = gate::number_of(*o, "until"),
                         .heard_at = gate::number_of(*o, "heard_at"),
                         .version = d.version};
}

}  // namespace gamekeeper::play
