#pragma once

#include "flow/log_retention.h"
#include "insight/processor/processor.h"
#include "operate/health.h"
#include "play/leaderboards/live_boards.h"
#include "server/stores.h"

namespace gamekeeper::server {

/// The checks behind /health/detailed: each store and engine. `retention`, `processor` and
/// `boards` may be null; all must outlive `health`.
void add_findings(operate::Health& health, const Config& config, Stores& stores, const flow::LogRetention* retention,
                  const processor::Processor* processor, const play::LiveBoards* boards);

}  // namespace gamekeeper::server
