#pragma once

#include <memory>

#include "adapters/kafka/kafka_options.h"
#include "ports/event_log.h"

namespace gamekeeper::adapters::kafka {

/// A reader of one partition with a thread of its own, which fetches ahead and turns messages into rows while the fold
/// works on those before.
Result<std::unique_ptr<ports::LogReader>> open_reader(const KafkaOptions& options, ports::Partition partition,
                                                      ports::Position from);

}  // namespace gamekeeper::adapters::kafka
