#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gate/secrets.h"
#include "ports/document_store.h"
#include "ports/identity_verifier.h"

namespace gamekeeper::play {

struct Ban {
  std::string reason;
  UnixMillis at = 0;
  UnixMillis until = 0;  // 0: for good
  bool holds(UnixMillis now) const { return until == 0 || until > now; }
};

/// Who somebody is, in one game. What signs them in (Credentials, which never leave), how long they have played
/// (PlayerStats) and what they have won (PlayerRating, one a queue) are documents of their own.
struct Player {
  std::string app, id;
  std::string username;  // empty: made by a device or a game server
  std::string username_folded;  // what makes it unique
  std::string email;
  UnixMillis email_verified_at = 0;  // 0: nobody has shown that it is theirs
  bool email_by_token = false;  // an access token alone named it, of an account with a password: it gets no reset
  boost::json::object attributes;  // the game's own
  UnixMillis created_at = 0;
  std::optional<Ban> ban;
  uint64_t version = 0;  // of the document: the ETag
};

/// What signs a player in.
struct Credentials {
  std::string app, player_id;
  std::string password_hash;  // Argon2id; empty: no password
  std::vector<gate::Digest> devices = {};     // of device ids
  std::vector<gate::Digest> identities = {};  // at identity providers
  uint64_t version = 0;
};

/// What sessions add up to.
struct PlayerStats {
  int64_t sessions_played = 0, seconds_played = 0;
  uint64_t version = 0;
};

/// One sign-in and all refreshes that follow from it. The digest is that of the only refresh token that is good; an
/// older one of the same family was stolen or lost, and ends it.
struct Family {
  std::string app, id, player_id;
  uint64_t generation = 0;
  gate::Digest digest{};
  UnixMillis created_at = 0, refreshed_at = 0, expires_at = 0;
  uint64_t version = 0;
};

/// Documents of an app have ids that begin with it: tenants never meet.
inline std::string scoped(std::string_view app, std::string_view id) { return std::string(app).append("/").append(id); }

/// Where an index keeps what belongs to one id of an app: keys begin with from, and end before to. A separator that no id
/// can hold, so that "a" never finds what is "a/b"'s.
struct IndexSpan {
  std::string from, to;
};
inline IndexSpan under(std::string_view app, std::string_view id) {
  return {scoped(app, id) + '\x1f', scoped(app, id) + '\x20'};
}

/// The same of everything that is one app's: the character after the slash ends it.
inline IndexSpan all_of(std::string_view app) { return {scoped(app, ""), std::string(app) + '0'}; }

inline constexpr const char* kPlayers = "players";
inline constexpr const char* kCredentials = "player_credentials";
inline constexpr const char* kStats = "player_stats";
inline constexpr const char* kFamilies = "player_families";

/// As which a device, or an identity, is found again: the store holds no name of it.
gate::Digest device_digest(std::string_view app, std::string_view device_id);
gate::Digest identity_digest(const ports::Identity& identity);

/// Writes over the version that the record carries; 0: it must not exist yet.
ports::Put put_of(const Player& player);
ports::Put put_of(const Credentials& credentials);
ports::Put put_of(const Family& family);
ports::Put put_of(const std::string& app, const std::string& player_id, const PlayerStats& stats);
/// Errors: kCorrupt.
Result<Player> read_player(const ports::Document& document);
Result<Credentials> read_credentials(const ports::Document& document);
Result<PlayerStats> read_stats(const ports::Document& document);
Result<Family> read_family(const ports::Document& document);

}  // namespace gamekeeper::play
