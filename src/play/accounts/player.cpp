#include "play/accounts/player.h"

#include <boost/json.hpp>

#include "gate/records.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using gate::number_of;
using gate::parse_record;
using gate::sortable;
using gate::text_of;

/// (app, id) of a scoped id. An app's id has no slash.
std::pair<std::string, std::string> unscoped(const std::string& id) {
  const size_t slash = id.find('/');
  return {id.substr(0, slash), slash == id.npos ? std::string() : id.substr(slash + 1)};
}

json::object show(const Ban& ban) { return {{"reason", ban.reason}, {"at", ban.at}, {"until", ban.until}}; }

std::unexpected<Error> corrupt(const ports::Document& document) {
  return fail(ErrorKind::kCorrupt, "corrupt", "A stored document of a player cannot be read.", document.id);
}

}  // namespace

ports::Put put_of(const Player& p) {
  json::object body{{"created_at", p.created_at}, {"attributes", p.attributes}};
  if (!p.username.empty()) body["username"] = p.username;
  if (!p.username.empty()) body["username_folded"] = p.username_folded;
  if (!p.email.empty()) body["email"] = p.email;
  if (p.email_verified_at != 0) body["email_verified_at"] = p.email_verified_at;
  if (p.email_by_token) body["email_by_token"] = true;
  if (p.ban) body["ban"] = show(*p.ban);
  ports::Put put{
      .collection = kPlayers, .id = scoped(p.app, p.id), .body = json::serialize(body), .expected = p.version};
  put.entries.push_back({"created", scoped(p.app, sortable(p.created_at) + p.id)});
  if (!p.username.empty()) put.entries.push_back({"username", scoped(p.app, p.username_folded), true});
  return put;
}

ports::Put put_of(const Credentials& c) {
  ports::Put put{.collection = kCredentials, .id = scoped(c.app, c.player_id), .expected = c.version};
  const auto list = [&](const std::vector<gate::Digest>& digests, const char* index) {
    json::array out;
    for (const gate::Digest& digest : digests) {
      out.push_back(json::string(gate::hex(digest)));
      put.entries.push_back({index, scoped(c.app, gate::hex(digest)), true});
    }
    return out;
  };
  json::object body{{"password_hash", c.password_hash}, {"devices", list(c.devices, "device")}};
  if (!c.identities.empty()) body["identities"] = list(c.identities, "identity");
  put.body = json::serialize(body);
  return put;
}

gate::Digest device_digest(std::string_view app, std::string_view device_id) {
  return gate::digest_of_parts({"device", app, device_id});
}

gate::Digest identity_digest(const ports::Identity& identity) {
  return gate::digest_of_parts({"identity", identity.issuer, identity.subject});
}

ports::Put put_of(const Family& f) {
  const json::object body{{"player_id", f.player_id},       {"generation", f.generation},
                          {"digest", gate::hex(f.digest)},  {"created_at", f.created_at},
                          {"refreshed_at", f.refreshed_at}, {"expires_at", f.expires_at}};
  return {.collection = kFamilies,
          .id = scoped(f.app, f.id),
          .body = json::serialize(body),
          .entries = {{"player", under(f.app, f.player_id).from + sortable(f.created_at) + f.id},
                      {"expires", sortable(f.expires_at) + f.id}},
          .expected = f.version};
}

ports::Put put_of(const std::string& app, const std::string& player_id, const PlayerStats& s) {
  const json::object body{{"sessions_played", s.sessions_played}, {"seconds_played", s.seconds_played}};
  return {.collection = kStats,
          .id = scoped(app, player_id),
          .body = json::serialize(body),
          .entries = {},
          .expected = s.version};
}

Result<Player> read_player(const ports::Document& d) {
  auto o = parse_record(d);
  if (!o) return std::unexpected(o.error());
  auto [app, id] = unscoped(d.id);
  Player p{.app = std::move(app), .id = std::move(id)};
  p.username = text_of(*o, "username");
  p.username_folded = text_of(*o, "username_folded");
  p.email = text_of(*o, "email");
  p.email_verified_at = number_of(*o, "email_verified_at");
  const json::value* by_token = o->if_contains("email_by_token");
  p.email_by_token = by_token && *by_token == true;
  p.created_at = number_of(*o, "created_at");
  p.version = d.version;
  if (json::value* attributes = o->if_contains("attributes"); attributes && attributes->is_object())
    p.attributes = std::move(attributes->as_object());
  if (const json::value* ban = o->if_contains("ban"); ban && ban->is_object()) {
    const json::object& b = ban->as_object();
    p.ban = Ban{text_of(b, "reason"), number_of(b, "at"), number_of(b, "until")};
  }
  return p;
}

Result<Credentials> read_credentials(const ports::Document& d) {
  auto o = parse_record(d);
  if (!o) return std::unexpected(o.error());
  auto [app, player_id] = unscoped(d.id);
  Credentials c{.app = std::move(app), .player_id = std::move(player_id)};
  c.password_hash = text_of(*o, "password_hash");
  c.version = d.version;
  const auto read_list = [&o](const char* name, std::vector<gate::Digest>& into) {
    const json::value* list = o->if_contains(name);
    for (const json::value& each : list && list->is_array() ? list->as_array() : json::array()) {
      auto digest = each.is_string() ? gate::parse_hex(each.as_string()) : std::nullopt;
      if (!digest) return false;
      into.push_back(*digest);
    }
    return true;
  };
  if (!read_list("devices", c.devices) || !read_list("identities", c.identities)) return corrupt(d);
  return c;
}

Result<PlayerStats> read_stats(const ports::Document& d) {
  auto o = parse_record(d);
  if (!o) return std::unexpected(o.error());
  return PlayerStats{.sessions_played = number_of(*o, "sessions_played"),
                     .seconds_played = number_of(*o, "seconds_played"),
                     .version = d.version};
}

Result<Family> read_family(const ports::Document& d) {
  auto o = parse_record(d);
  if (!o) return std::unexpected(o.error());
  auto [app, id] = unscoped(d.id);
  Family f{.app = std::move(app), .id = std::move(id), .player_id = text_of(*o, "player_id")};
  auto digest = gate::parse_hex(text_of(*o, "digest"));
  if (!digest || f.player_id.empty()) return corrupt(d);
  f.digest = *digest;
  f.generation = static_cast<uint64_t>(number_of(*o, "generation"));
  f.created_at = number_of(*o, "created_at");
  f.refreshed_at = number_of(*o, "refreshed_at");
  f.expires_at = number_of(*o, "expires_at");
  f.version = d.version;
  return f;
}

}  // namespace gamekeeper::play
