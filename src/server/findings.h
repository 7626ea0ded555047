#pragma once

#include "insight/processor/processor.h"
#include "operate/health.h"
#include "server/stores.h"

namespace gamekeeper::server {

/// The checks behind /health/detailed: each store and engine. `processor` may be null; all must outlive `health`.
void add_findings(operate::Health& health, const Config& config, Stores& stores, const processor::Processor* processor);

}  // namespace gamekeeper::server
