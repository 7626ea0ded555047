#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "insight/processor/intervals.h"

/// What the fold remembers of players and sessions: kept in memory while in use, in cells (kPlayers, kSessionStates)
/// always.
namespace gamekeeper::processor {

inline constexpr uint32_t kNone = 0xFFFF'FFFF;
inline constexpr UnixMillis kNever = INT64_MIN;

struct PlayerState {
  uint32_t number = kNone;          // dense, per app and partition
  UnixMillis first = kNever;        // of the first event by time (ties: log order); kNever: facts only
  uint32_t first_tuple = kNone;     // that event's tuple
  uint32_t cohort = kNone;  // tuple (name = "") of the dimensions of the first session, else of the first event
  std::string first_session;  // the session that began first by time (ties: log order), if any
  UnixMillis session_first = kNever;  // its first event
  bool has_long_coverage = false;  // see coverage.h

  std::string encode() const;
  static std::optional<PlayerState> decode(std::string_view);
};

struct SessionState {
  bool known = false;  // an event of it was seen: `offset` holds
  int64_t offset_ms = 0;  // added to the time of all its events
  UnixMillis last_arrival = kNever;  // greatest receipt time of any of its events
  Intervals<uint64_t> seen;  // sequence numbers that arrived: what a repeat is recognised by
  Intervals<uint64_t> forgotten;  // those of more than 30 days ago: no longer repeats, but no gaps either
  uint32_t dimensions = kNone;  // tuple (name = "") of the latest session_start

  bool opened = false;  // has events of its own (not only facts): the rest holds
  UnixMillis first = 0, last = 0;  // by time
  uint32_t first_tuple = kNone;
  UnixMillis end = kNever;  // greatest time of a session_end
  UnixMillis gap_cell = kNever;  // where kGaps lists it, if it does

  bool ended() const { return end >= last; }
  std::string encode() const;
  static std::optional<SessionState> decode(std::string_view);
};

}  // namespace gamekeeper::processor
