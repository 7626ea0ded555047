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

LiveStores::LiveStores() = default;
LiveStores::~LiveStores() = default;
LiveStores::LiveStores(LiveStores&&) noexcept = default;
LiveStores& LiveStores::operator=(LiveStores&&) noexcept = default;

Result<std::string> reach_live(const Config& config) {
  if (config.live.kind == "memory") return "";
  auto connections = adapters::RedisConnections::open({.url = config.live.url, .connections = 1});
  if (!connections) return std::unexpected(connections.error());
  auto version = run_now((*connections)->server_version());
  if (!version) return std::unexpected(version.error());
  return "Redis " + *version + " answers.";
}

Result<LiveStores> open_live(const Config& config) {
  LiveStores out;
  if (config.live.kind == "memory") {
    out.broadcast = std::make_unique<adapters::MemoryBroadcast>();
    out.boards = std::make_unique<adapters::MemoryRankedSet>();
    out.tickets = std::make_unique<adapters::MemoryTicketPool>();
    out.cache = std::make_unique<adapters::MemoryCache>();
    out.generation = &same_for_ever;
    return out;
  }
  auto connections = adapters::RedisConnections::open(
      {.url = config.live.url, .patience = std::chrono::milliseconds(config.live.patience_ms)});
  if (!connections) return std::unexpected(connections.error());
  adapters::RedisConnections& redis = **connections;
  out.connections = std::move(*connections);
  out.broadcast = std::make_unique<adapters::RedisBroadcast>(redis);
  out.boards = std::make_unique<adapters::RedisRankedSet>(redis);
  out.tickets = std::make_unique<adapters::RedisTicketPool>(redis, config.live.app);
  out.cache = std::make_unique<adapters::RedisCache>(redis);
  out.state = [&redis] { return state_of(redis); };
  out.generation = [&redis] { return redis.generation(); };
  return out;
}

}  // namespace gamekeeper::server
