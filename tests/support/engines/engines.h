#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ports/broadcast.h"
#include "ports/event_log.h"
#include "ports/ranked_set.h"
#include "ports/ticket_pool.h"

namespace gamekeeper::test {

/// Real engines of one process behind the ports, so that a room's tests name no adapter: what other engines do, too, is the
/// contract suites' to show.
std::unique_ptr<ports::Broadcast> make_broadcast();
std::unique_ptr<ports::RankedSet> make_ranked_set();
std::unique_ptr<ports::TicketPool> make_ticket_pool();
/// In `folder`; small segments, when `segment_bytes` says so.
std::unique_ptr<ports::EventLog> open_log(const std::string& folder, uint32_t partitions, uint64_t segment_bytes = 0);

/// What the engines made here hold at the moment.
size_t topics_of(const ports::Broadcast& broadcast);
size_t bytes_of(const ports::RankedSet& ranked);

}  // namespace gamekeeper::test
