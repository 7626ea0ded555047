#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gamekeeper::events {

/// What the backend itself says on the log (docs/api/events.md): that a player registered, that a match was formed.
/// Facts never make a player active, new or online.
struct BackendFact {
  std::string_view app, player_id;
  std::string_view name;  // player.registered
  UnixMillis at = 0;
  std::string_view properties = {};  // a JSON object; empty means {}
  std::string_view match_id = {};
  std::span<const double> wait_seconds = {};  // of a formed match: of each ticket; at most kMeasuresMax of them count
};

/// Under this key the ledger counts the backend's own facts.
inline constexpr std::string_view kBackendKey = "gamekeeper";

/// The fact as a row of the log with a new id: what an outbox carries.
std::string fact_row(const BackendFact& fact);

}  // namespace gamekeeper::events
