#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Whether a player is there, as it lies in the store. A seat is a process where they have a socket; it counts while that
/// process lives (PresenceProcess).
struct PlayerPresence {
  std::string app, player_id;
  std::map<std::string, UnixMillis, std::less<>> seats;  // by process: since when
  UnixMillis last_seen = 0;  // when the last seat was left; 0: never
  bool is_hidden = false;  // the player wants to appear offline
  UnixMillis hidden_seen = 0;  // while hidden: what others read as last_seen
  uint64_t version = 0;

  void take_seat(const std::string& process, UnixMillis now);
  /// Whether the player has none any more.
  bool leave_seat(const std::string& process, UnixMillis at);
  /// Whether that changes anything.
  bool hide(bool hidden, UnixMillis now);
};

/// A process that has players' sockets, and until when it counts unless it says so again.
struct PresenceProcess {
  std::string id;
  UnixMillis until = 0;
  UnixMillis heard_at = 0;  // when it last said so
  uint64_t version = 0;
};

enum class PresenceStatus : uint8_t { kOffline, kOnline, kInSession };
std::string_view name_of(PresenceStatus status);

/// What somebody reads of a player's presence.
struct Presence {
  PresenceStatus status = PresenceStatus::kOffline;
  std::string session_id = {};  // while in a session
  UnixMillis last_seen = 0;  // while offline; 0: never, as far as is known
  bool is_hidden = false;  // never told to others
  bool operator==(const Presence&) const = default;
};

/// {player_id, status, session_id, last_seen}, as others read it.
boost::json::object show(const std::string& player_id, const Presence& presence);

inline constexpr const char* kPresences = "presences";
inline constexpr const char* kPresenceProcesses = "presence_processes";

/// Keys of the index `process`: the players who have a seat there.
std::string seats_of(std::string_view process);

/// Over the version that the record carries; 0: it must not exist yet.
ports::Put put_of(const PlayerPresence& presence);
ports::Put put_of(const PresenceProcess& process);
/// Errors: kCorrupt.
Result<PlayerPresence> read_presence(const ports::Document& document);
Result<PresenceProcess> read_presence_process(const ports::Document& document);

}  // namespace gamekeeper::play
