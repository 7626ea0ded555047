#pragma once

#include "base/metrics.h"
#include "insight/processor/processor.h"
#include "operate/health.h"
#include "server/config.h"

namespace gamekeeper::server {

/// Registers what is measured when somebody asks for the metrics: the process, its disk, readiness, the processor's
/// partitions. All references must outlive `metrics`' last exposition; `processor` may be null.
void add_gauges(Metrics& metrics, const Config& config, const operate::Health& health,
                const processor::Processor* processor);

}  // namespace gamekeeper::server
