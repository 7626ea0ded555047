#include "play/matchmaking/matchmaker.h"

#include <unordered_set>

#include "base/log.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

using ports::PooledTicket;
using ports::QueueId;

void log_unreadable(const Error& error) {
  log::error("queue", "ticket_unreadable", {log::text("ticket", error.field), log::text("message", error.message)});
}

/// All documents of the tickets that search, in all apps.
Task<Result<std::vector<Ticket>>> all_waiting(ports::DocumentStore& documents) {
  std::vector<Ticket> out;
  std::string cursor;
  do {
    auto page = co_await documents.query(
        {.collection = kTickets, .index = "waiting", .from = {}, .to = {}, .limit = 1000, .cursor = cursor});
    if (!page) co_return std::unexpected(page.error());
    for (const ports::Document& document : page->items) {
      auto ticket = read_ticket(document);
      if (ticket)
        out.push_back(std::move(*ticket));
      else
        log_unreadable(ticket.error());  // one bad document stops nobody else
    }
    cursor = std::move(page->next_cursor);
  } while (!cursor.empty());
  co_return out;
}

}  // namespace

Task<Result<bool>> Matchmaker::looks_right() {
  auto queues = co_await parts_.pool.queues();
  if (!queues) co_return std::unexpected(queues.error());
  uint64_t pooled = 0;
  for (const QueueId& queue : *queues) {
    auto tickets = co_await parts_.pool.snapshot(queue);
    if (!tickets) co_return std::unexpected(tickets.error());
    pooled += tickets->size();
  }
  auto waiting = co_await parts_.documents.count(kTickets, "waiting", {}, {});
  if (!waiting) co_return std::unexpected(waiting.error());
  co_return pooled == *waiting;
}

/// Tickets come and go meanwhile: what seems too much is removed only when its document says so; what was added too much
/// is found out by form().
Task<Result<void>> Matchmaker::reconcile() {
  auto waiting = co_await all_waiting(parts_.documents);
  if (!waiting) co_return std::unexpected(waiting.error());
  std::unordered_set<std::string> searching, pooled;
  for (const Ticket& t : *waiting) searching.insert(t.id);
  auto queues = co_await parts_.pool.queues();
  if (!queues) co_return std::unexpected(queues.error());
  for (const QueueId& queue : *queues) {
    auto tickets = co_await parts_.pool.snapshot(queue);
    if (!tickets) co_return std::unexpected(tickets.error());
    for (const PooledTicket& t : *tickets) {
      pooled.insert(t.id);
      if (searching.contains(t.id)) continue;
      auto ticket = co_await ticket_of(queue, t.id);
      if (!ticket) co_return std::unexpected(ticket.error());
      if (!*ticket || (*ticket)->status != TicketStatus::kSearching) {
        if (auto ok = co_await take_stale(queue, t.id, std::move(*ticket)); !ok) co_return ok;
      }
    }
  }
  for (const Ticket& t : *waiting) {
    if (pooled.contains(t.id)) continue;
    if (auto ok = co_await parts_.pool.add(t.queue_id(), t.pooled()); !ok) co_return ok;
  }
  co_return Result<void>{};
}

/// Nothing: it is not there, or cannot be read.
Task<Result<std::optional<Ticket>>> Matchmaker::ticket_of(QueueId queue, std::string id) {
  auto document = co_await parts_.documents.get(kTickets, scoped(queue.app, id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return std::nullopt;
  auto ticket = read_ticket(**document);
  if (ticket) co_return std::move(*ticket);
  log_unreadable(ticket.error());
  co_return std::nullopt;
}

/// A ticket that the pool should not have had. If it was matched by somebody who did not come to say so, this one does.
Task<Result<void>> Matchmaker::take_stale(QueueId queue, std::string id, std::optional<Ticket> ticket) {
  auto removed = co_await parts_.pool.remove(queue, std::move(id));
  if (!removed) co_return std::unexpected(removed.error());
  if (*removed && ticket && ticket->match) co_await announce(queue, {std::move(*ticket)});
  co_return Result<void>{};
}

/// The documents have decided; the pool follows, whatever it holds.
Task<Result<void>> Matchmaker::take_out(QueueId queue, std::span<const Ticket> tickets) {
  std::vector<std::string> ids;
  for (const Ticket& t : tickets) ids.push_back(t.id);
  auto taken = co_await parts_.pool.claim(queue, ids, fence_);
  if (taken || !gate::is_conflict(taken.error())) co_return taken;
  if (taken.error().code == "fenced") fence_ = 0;
  for (const std::string& id : ids) {
    if (auto removed = co_await parts_.pool.remove(queue, id); !removed) co_return std::unexpected(removed.error());
  }
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
