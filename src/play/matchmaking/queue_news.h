#pragma once

#include <map>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "play/matchmaking/queue_rules.h"
#include "play/matchmaking/wait_table.h"
#include "ports/broadcast.h"
#include "ports/ticket_pool.h"

namespace gamekeeper::play {

/// Tells those who wait how it stands (`queue_update`): when their place or what they may expect has changed notably, and
/// at most every two seconds. One caller at a time.
class QueueNews {
 public:
  explicit QueueNews(ports::Broadcast* broadcast) : broadcast_(broadcast) {}

  Task<void> tell(ports::QueueId queue, std::span<const ports::PooledTicket> pool, const WaitTable& waits,
                  const QueueRules& rules, UnixMillis now);
  /// Another process tells them now.
  void forget() { queues_.clear(); }
  /// Nobody waits in any but these.
  void forget_but(std::span<const ports::QueueId> queues);

 private:
  static constexpr int64_t kEveryMs = 2000;
  static constexpr size_t kToldARound = 500;
  struct Told {
    uint64_t position = 0;
    double wait = 0;
  };
  struct Queue {
    UnixMillis at = 0;
    std::map<std::string, Told> tickets;
  };
  static bool is_notable(const Told& before, const Told& now);

  ports::Broadcast* broadcast_;
  std::map<ports::QueueId, Queue> queues_;
};

}  // namespace gamekeeper::play
