#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// waiting → active, cancelled; active → paused, completed, abandoned; paused → active, completed, abandoned.
enum class SessionStatus : uint8_t { kWaiting, kActive, kPaused, kCompleted, kAbandoned, kCancelled };

std::string_view name_of(SessionStatus status);
std::optional<SessionStatus> status_of(std::string_view name);
bool is_over(SessionStatus status);
/// Errors: kConflict `bad_transition`, naming both.
Result<void> check_transition(SessionStatus from, SessionStatus to);

struct SessionPlayer {
  std::string id;
  int64_t rating = 0;  // when the session was made
  int team = -1;       // from 0; -1: the session was made without teams
};

struct SessionEvent {
  UnixMillis at = 0;
  std::string event;
  boost::json::object details;
};

/// A game being played. The state is the game's own.
struct Session {
  static constexpr size_t kPlayersMax = 256, kStateBytesMax = 64 * 1024, kDetailsBytesMax = 8 * 1024;
  static constexpr size_t kHistoryMax = 200;  // the first ten stay, of the rest the newest

  std::string app, id;
  SessionStatus status = SessionStatus::kWaiting;
  std::string mode;
  std::string match_id;  // empty: no queue has made it
  std::vector<SessionPlayer> players;
  boost::json::object state, attributes;
  UnixMillis created_at = 0, updated_at = 0;
  UnixMillis active_since = 0;  // 0: not active now
  int64_t active_ms = 0;        // of the stretches that are over
  bool was_active = false;
  UnixMillis expires_at = 0;    // when silence ends it; 0 once it is over
  bool has_heartbeat = false;
  bool is_removed = false;      // its live data is freed
  std::vector<SessionEvent> history;
  uint64_t version = 0;

  bool has(std::string_view player_id) const;
  void note(UnixMillis at, std::string event, boost::json::object details = {});
  /// Moves on, keeping the time that was played. The transition was checked.
  void become(SessionStatus next, UnixMillis now);
  int64_t seconds_played() const { return active_ms / 1000; }
};

inline constexpr const char* kSessions = "sessions";

ports::Put put_of(const Session& session);
/// Errors: kCorrupt.
Result<Session> read_session(const ports::Document& document);

/// What the log hears of a session (session.created, session.updated, session.ended), under its first player.
ports::Fact fact_of(const Session& session, std::string_view name, UnixMillis at);

}  // namespace gamekeeper::play
