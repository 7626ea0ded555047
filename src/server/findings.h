#pragma once

#include "flow/log_retention.h"
#include "insight/processor/processor.h"
#include "operate/health.h"
#include "server/stores.h"

namespace gamekeeper::server {

/// The checks behind /health/detailed: each store and engine. `retention` and `processor` may be null; all must outlive `health`.
void add_findings(operate::Health& health, const Config& config, Stores& stores, const flow::LogRetention* retention,
                  const processor::Processor* processor);

/// What an engine says of itself as members of a JSON object; for checks added by others.
Task<operate::Finding> engine_finding(std::function<Task<Result<std::string>>()> state);

}  // namespace gamekeeper::server
