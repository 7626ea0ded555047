#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ports/broadcast.h"
#include "ports/cache.h"
#include "ports/ranked_set.h"
#include "ports/ticket_pool.h"
#include "server/config.h"

namespace gamekeeper::adapters {
class RedisConnections;
}

namespace gamekeeper::server {

/// What is derived and of the moment: in this process, or in a Redis that processes share. The only place beside stores.h
/// that names adapters.
struct LiveStores {
  LiveStores();
  ~LiveStores();
  LiveStores(LiveStores&&) noexcept;
  LiveStores& operator=(LiveStores&&) noexcept;

  std::unique_ptr<adapters::RedisConnections> connections;  // before those who use them; null: all in memory
  std::unique_ptr<ports::Broadcast> broadcast;
  std::unique_ptr<ports::RankedSet> boards;
  std::unique_ptr<ports::TicketPool> tickets;
  std::unique_ptr<ports::Cache> cache;

  /// What the engine says of itself, as members of a JSON object; null: all is in this process.
  std::function<Task<Result<std::string>>()> state;
  /// Changes when the engine may have forgotten something (it was emptied, started anew, replaced): boards and tickets then
  /// have to be filled anew. Never, in memory.
  std::function<Task<Result<std::string>>()> generation;
};

/// Whether the engine answers; a sentence about it; empty when all is in the process. Errors: those of the adapter.
Result<std::string> reach_live(const Config& config);

/// Errors: those of the adapters.
Result<LiveStores> open_live(const Config& config);

}  // namespace gamekeeper::server
