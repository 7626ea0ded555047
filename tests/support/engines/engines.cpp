#include "tests/support/engines/engines.h"

#include "adapters/embedded/embedded_event_log.h"
#include "adapters/memory/memory_broadcast.h"
#include "adapters/memory/memory_ranked_set.h"
#include "adapters/memory/memory_ticket_pool.h"

namespace gamekeeper::test {

std::unique_ptr<ports::Broadcast> make_broadcast() { return std::make_unique<adapters::MemoryBroadcast>(); }
std::unique_ptr<ports::RankedSet> make_ranked_set() { return std::make_unique<adapters::MemoryRankedSet>(); }
std::unique_ptr<ports::TicketPool> make_ticket_pool() { return std::make_unique<adapters::MemoryTicketPool>(); }

std::unique_ptr<ports::EventLog> open_log(const std::string& folder, uint32_t partitions, uint64_t segment_bytes) {
  adapters::EmbeddedLogOptions options{.partitions = partitions};
  if (segment_bytes != 0) {
    options.segment_bytes = segment_bytes;
    options.tail_bytes_max = 0;  // what was trimmed is not in memory either
  }
  auto log = adapters::EmbeddedEventLog::open(folder, options);
  GK_CHECK(log.has_value(), "a fresh log opens");
  return std::move(*log);
}

size_t topics_of(const ports::Broadcast& broadcast) {
  return dynamic_cast<const adapters::MemoryBroadcast&>(broadcast).topics();
}
size_t bytes_of(const ports::RankedSet& ranked) {
  return dynamic_cast<const adapters::MemoryRankedSet&>(ranked).bytes();
}

}  // namespace gamekeeper::test
