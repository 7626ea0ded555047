#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::ports {

/// What a matchmaker must know of a ticket to choose: the whole ticket is a document.
struct PooledTicket {
  std::string id;
  std::vector<std::string> players;  // a party stays together
  double rating = 1500, deviation = 350;  // of the party
  UnixMillis since = 0;
  std::string rest;  // what else the rules look at, as JSON; empty: nothing
  bool operator==(const PooledTicket&) const = default;
};

/// One queue of one app.
struct QueueId {
  std::string app, queue;
  auto operator<=>(const QueueId&) const = default;
};

/// Grows with every holder of the matchmaker's lease (flow/lease.h): who claims with an older one has lost it.
using Fence = uint64_t;

/// The tickets that wait, where the matchmaker can look at all of them at once. Derived from the ticket documents. Safe
/// from any thread. Errors of all: kUnavailable. The full promise, as tests: tests/contract/ticket_pool_contract.h.
class TicketPool {
 public:
  virtual ~TicketPool() = default;

  /// Adds it, or puts it in the place of the one of that id.
  virtual Task<Result<void>> add(QueueId queue, PooledTicket ticket) = 0;
  /// Whether it was there.
  virtual Task<Result<bool>> remove(QueueId queue, std::string ticket_id) = 0;
  /// Takes all of them out for a match, or none: kConflict `claimed` when one is no longer there, `fenced` when a newer
  /// fence has claimed, or tried to, on this queue.
  virtual Task<Result<void>> claim(QueueId queue, std::vector<std::string> ticket_ids, Fence fence) = 0;
  /// All that wait, by rating (then by id, as bytes). A ticket that stays in the pool meanwhile is there once.
  virtual Task<Result<std::vector<PooledTicket>>> snapshot(QueueId queue) = 0;
  /// How many wait, and how many of them came before this one (from 0; at the same moment the smaller id, as bytes, came
  /// first); kNotFound `not_queued`.
  struct Place {
    uint64_t position = 0, size = 0;
  };
  virtual Task<Result<Place>> place(QueueId queue, std::string ticket_id) = 0;
  /// Queues with at least one ticket, in any order.
  virtual Task<Result<std::vector<QueueId>>> queues() = 0;
  /// Forgets the queue's tickets, but not its newest fence: before the pool is filled anew from the documents.
  virtual Task<Result<void>> clear(QueueId queue) = 0;
};

}  // namespace gamekeeper::ports
