#pragma once

#include <map>
#include <mutex>
#include <unordered_map>

#include "ports/ticket_pool.h"

namespace gamekeeper::adapters {

/// TicketPool in this process. A queue keeps its tickets in two orders, by rating and by time of coming; nothing survives
/// the process. One lock: a tick looks at a queue a few times a second.
class MemoryTicketPool final : public ports::TicketPool {
 public:
  Task<Result<void>> add(ports::QueueId queue, ports::PooledTicket ticket) override;
  Task<Result<bool>> remove(ports::QueueId queue, std::string ticket_id) override;
  Task<Result<void>> claim(ports::QueueId queue, std::vector<std::string> ticket_ids, ports::Fence fence) override;
  Task<Result<std::vector<ports::PooledTicket>>> snapshot(ports::QueueId queue) override;
  Task<Result<Place>> place(ports::QueueId queue, std::string ticket_id) override;
  Task<Result<std::vector<ports::QueueId>>> queues() override;
  Task<Result<void>> clear(ports::QueueId queue) override;

 private:
  using Order = std::vector<const ports::PooledTicket*>;  // sorted: 8 bytes to move a ticket that comes in between
  struct Queue {
    std::unordered_map<std::string, ports::PooledTicket> tickets = {};  // nodes stay where they are
    Order by_rating = {}, by_since = {};
    ports::Fence newest = 0;  // 0: nobody has claimed

    void put(ports::PooledTicket ticket);
    bool take(const std::string& id);
    bool is_forgettable() const { return tickets.empty() && newest == 0; }
  };

  std::mutex mutex_;
  std::map<ports::QueueId, Queue> queues_;  // an empty one stays when it has a fence
};

}  // namespace gamekeeper::adapters
