#include "server/live_stores.h"

#include <fmt/format.h>

#include "adapters/memory/memory_broadcast.h"
#include "adapters/memory/memory_cache.h"
#include "adapters/memory/memory_ranked_set.h"
#include "adapters/memory/memory_ticket_pool.h"
#include "adapters/redis/redis_broadcast.h"
#include "adapters/redis/redis_cache.h"
#include "adapters/redis/redis_connections.h"
#include "adapters/redis/redis_ranked_set.h"
#include "adapters/redis/redis_ticket_pool.h"
#include "base/json.h"
#include "server/run_now.h"

namespace gamekeeper::server {
namespace {

Task<Result<std::string>> state_of(adapters::RedisConnections& connections) {
  auto version = co_await connections.server_version();
  if (!version) co_return std::unexpected(version.error());
  co_return fmt::format(R"("engine":"redis","version":{})", json_string(*version));
}

Task<Result<std::string>> same_for_ever() { co_return std::string(); }

}  // namespace

Result<std::string> reach_live(const Config& config) {
  if (config.live.kind == "memory") return "";
  auto connections = adapters::RedisConnections::open({.url = config.live.url, .connections = 1});
  if (!connections) return std::unexpected(connections.error());
  auto version = run_now((*connections)->server_version());
  if (!version) return std::unexpected(version.error());
  return "Redis " + *version + " answers.";
}

Result<void> open_live(const Config& config, Stores& stores) {
  if (config.live.kind == "memory") {
    stores.tickets = std::make_unique<adapters::MemoryTicketPool>();
    stores.ranked = std::make_unique<adapters::MemoryRankedSet>();
    stores.broadcast = std::make_unique<adapters::MemoryBroadcast>();
    stores.cache = std::make_unique<adapters::MemoryCache>();
    stores.live_generation = &same_for_ever;
    return {};
  }
  auto connections = adapters::RedisConnections::open(
      {.url = config.live.url, .patience = std::chrono::milliseconds(config.live.patience_ms)});
  if (!connections) return std::unexpected(connections.error());
  adapters::RedisConnections& redis = **connections;
  stores.live_connections = std::shared_ptr<adapters::RedisConnections>(std::move(*connections));
  stores.tickets = std::make_unique<adapters::RedisTicketPool>(redis, config.live.app);
  stores.ranked = std::make_unique<adapters::RedisRankedSet>(redis);
  stores.broadcast = std::make_unique<adapters::RedisBroadcast>(redis);
  stores.cache = std::make_unique<adapters::RedisCache>(redis);
  stores.live_state = [&redis] { return state_of(redis); };
  stores.live_generation = [&redis] { return redis.generation(); };
  return {};
}

}  // namespace gamekeeper::server
