#pragma once

#include "base/task.h"
#include "play/sessions/session.h"
#include "ports/broadcast.h"

namespace gamekeeper::play {

/// What who listens to a session hears of it, once a change is committed: `session_state`, the newer `version` counting
/// where two overtake each other.
Task<void> push_state(ports::Broadcast& broadcast, const Session& session);

}  // namespace gamekeeper::play
