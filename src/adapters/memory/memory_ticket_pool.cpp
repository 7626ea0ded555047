#include "adapters/memory/memory_ticket_pool.h"

#include <algorithm>
#include <tuple>

namespace gamekeeper::adapters {

using ports::Fence;
using ports::PooledTicket;
using ports::QueueId;

namespace {

constexpr auto kByRating = [](const PooledTicket* a, const PooledTicket* b) {
  return std::tie(a->rating, a->id) < std::tie(b->rating, b->id);
};
constexpr auto kBySince = [](const PooledTicket* a, const PooledTicket* b) {
  return std::tie(a->since, a->id) < std::tie(b->since, b->id);
};

}  // namespace

void MemoryTicketPool::Queue::put(PooledTicket ticket) {
  take(ticket.id);
  const std::string id = ticket.id;
  const PooledTicket* kept = &tickets.emplace(id, std::move(ticket)).first->second;
  by_rating.insert(std::ranges::upper_bound(by_rating, kept, kByRating), kept);
  by_since.insert(std::ranges::upper_bound(by_since, kept, kBySince), kept);
}

bool MemoryTicketPool::Queue::take(const std::string& id) {
  const auto found = tickets.find(id);
  if (found == tickets.end()) return false;
  by_rating.erase(std::ranges::lower_bound(by_rating, &found->second, kByRating));
  by_since.erase(std::ranges::lower_bound(by_since, &found->second, kBySince));
  tickets.erase(found);
  return true;
}

Task<Result<void>> MemoryTicketPool::add(QueueId queue, PooledTicket ticket) {
  std::lock_guard lock(mutex_);
  queues_[queue].put(std::move(ticket));
  co_return Result<void>{};
}

Task<Result<bool>> MemoryTicketPool::remove(QueueId queue, std::string ticket_id) {
  std::lock_guard lock(mutex_);
  const auto held = queues_.find(queue);
  if (held == queues_.end() || !held->second.take(ticket_id)) co_return false;
  if (held->second.is_forgettable()) queues_.erase(held);
  co_return true;
}

Task<Result<void>> MemoryTicketPool::claim(QueueId queue, std::vector<std::string> ticket_ids, Fence fence) {
  std::lock_guard lock(mutex_);
  Queue& held = queues_[queue];
  if (fence < held.newest)
    co_return fail(ErrorKind::kConflict, "fenced", "A newer matchmaker has taken over this queue.", "fence");
  held.newest = fence;
  for (const std::string& id : ticket_ids) {
    if (!held.tickets.contains(id))
      co_return fail(ErrorKind::kConflict, "claimed", "A ticket is no longer there.", "ticket_id", id);
  }
  for (const std::string& id : ticket_ids) held.take(id);
  co_return Result<void>{};
}

Task<Result<std::vector<PooledTicket>>> MemoryTicketPool::snapshot(QueueId queue) {
  std::lock_guard lock(mutex_);
  std::vector<PooledTicket> out;
  const auto held = queues_.find(queue);
  if (held == queues_.end()) co_return out;
  out.reserve(held->second.by_rating.size());
  for (const PooledTicket* ticket : held->second.by_rating) out.push_back(*ticket);
  co_return out;
}

Task<Result<ports::TicketPool::Place>> MemoryTicketPool::place(QueueId queue, std::string ticket_id) {
  std::lock_guard lock(mutex_);
  const auto held = queues_.find(queue);
  if (held != queues_.end()) {
    const Queue& q = held->second;
    if (const auto found = q.tickets.find(ticket_id); found != q.tickets.end()) {
      const auto at = std::ranges::lower_bound(q.by_since, &found->second, kBySince);
      co_return Place{.position = static_cast<uint64_t>(at - q.by_since.begin()), .size = q.tickets.size()};
    }
  }
  co_return fail(ErrorKind::kNotFound, "not_queued", "The ticket does not wait in this queue.", "ticket_id");
}

Task<Result<std::vector<QueueId>>> MemoryTicketPool::queues() {
  std::lock_guard lock(mutex_);
  std::vector<QueueId> out;
  for (const auto& [id, queue] : queues_) {
    if (!queue.tickets.empty()) out.push_back(id);
  }
  co_return out;
}

Task<Result<void>> MemoryTicketPool::clear(QueueId queue) {
  std::lock_guard lock(mutex_);
  const auto held = queues_.find(queue);
  if (held != queues_.end()) held->second = Queue{.newest = held->second.newest};
  co_return Result<void>{};
}

}  // namespace gamekeeper::adapters
