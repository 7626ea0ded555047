#pragma once

#include <string>
#include <string_view>

#include "ports/ticket_pool.h"

namespace gamekeeper::adapters::redis {

/// JSON that scripts read `players` of. Numbers are texts, so that no reader rounds them.
std::string to_text(const ports::PooledTicket& ticket);
/// Errors: kCorrupt.
Result<ports::PooledTicket> read_ticket(std::string_view text);

}  // namespace gamekeeper::adapters::redis
