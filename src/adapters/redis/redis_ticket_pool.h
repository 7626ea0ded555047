#pragma once

#include "adapters/redis/redis_connections.h"
#include "ports/ticket_pool.h"

namespace gamekeeper::adapters {

/// TicketPool in a Redis. A queue is a sorted set of its waiting players by rating, as other programs know it:
/// `queue:matchmaking` is the queue `default` of the plain app, `queue:matchmaking:NAME` another one of it, and those of
/// other apps begin with `APP:`. The tickets stand beside it, in the same hash slot.
class RedisTicketPool final : public ports::TicketPool {
 public:
  /// `connections` must outlive it.
  RedisTicketPool(RedisConnections& connections, std::string plain_app)
      : connections_(connections), plain_app_(std::move(plain_app)) {}

  Task<Result<void>> add(ports::QueueId queue, ports::PooledTicket ticket) override;
  Task<Result<bool>> remove(ports::QueueId queue, std::string ticket_id) override;
  Task<Result<void>> claim(ports::QueueId queue, std::vector<std::string> ticket_ids, ports::Fence fence) override;
  Task<Result<std::vector<ports::PooledTicket>>> snapshot(ports::QueueId queue) override;
  Task<Result<Place>> place(ports::QueueId queue, std::string ticket_id) override;
  Task<Result<std::vector<ports::QueueId>>> queues() override;
  Task<Result<void>> clear(ports::QueueId queue) override;

 private:
  /// The players, the tickets, the times of coming, the fence.
  std::vector<std::string> keys(const ports::QueueId& queue) const;

  RedisConnections& connections_;
  const std::string plain_app_;
};

}  // namespace gamekeeper::adapters
