#pragma once

#include <memory>

#include "adapters/embedded/log_partition.h"
#include "ports/event_log.h"

namespace gamekeeper::adapters {

/// Reads one partition: from the tail in memory while it keeps up, from the segments otherwise.
std::unique_ptr<ports::LogReader> make_log_reader(LogPartition& partition, uint64_t from);

}  // namespace gamekeeper::adapters
