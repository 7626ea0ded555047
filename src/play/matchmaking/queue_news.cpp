#include "play/matchmaking/queue_news.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <vector>

#include "flow/push.h"

namespace gamekeeper::play {

bool QueueNews::is_notable(const Told& before, const Told& now) {
  const auto moved = static_cast<double>(before.position > now.position ? before.position - now.position
                                                                        : now.position - before.position);
  return before.position == 0 || moved >= std::max(1.0, static_cast<double>(before.position) / 10) ||
         std::abs(before.wait - now.wait) >= std::max(2.0, before.wait / 4);
}

void QueueNews::forget_but(std::span<const ports::QueueId> queues) {
  std::erase_if(queues_, [&](const auto& known) { return std::ranges::find(queues, known.first) == queues.end(); });
}

Task<void> QueueNews::tell(ports::QueueId queue, std::span<const ports::PooledTicket> pool, const WaitTable& waits,
                           const QueueRules& rules, UnixMillis now) {
  if (broadcast_ == nullptr) co_return;
  Queue& known = queues_[queue];
  if (now - known.at < kEveryMs) co_return;
  known.at = now;
  std::vector<const ports::PooledTicket*> by_since;
  for (const ports::PooledTicket& t : pool) by_since.push_back(&t);
  std::ranges::sort(by_since, {}, [](const ports::PooledTicket* t) { return std::tie(t->since, t->id); });
  std::map<std::string, Told> told;
  size_t count = 0;
  for (size_t i = 0; i < by_since.size(); ++i) {
    const ports::PooledTicket& t = *by_since[i];
    const double waited = static_cast<double>(std::max<int64_t>(now - t.since, 0)) / 1000;
    const WaitEstimate wait = waits.estimate(t.rating, waited, static_cast<double>(rules.patience_seconds));
    const Told fresh{i + 1, wait.seconds};
    const auto before = known.tickets.find(t.id);
    const bool says = count < kToldARound && (before == known.tickets.end() || is_notable(before->second, fresh));
    told[t.id] = says ? fresh : before != known.tickets.end() ? before->second : Told{};
    if (!says) continue;
    ++count;
    for (const std::string& player : t.players)
      co_await flow::push(*broadcast_, flow::player_topic(queue.app, player, "queue"), "queue_update",
                          {{"ticket_id", t.id},
                           {"queue", queue.queue},
                           {"status", "searching"},
                           {"position", i + 1},
                           {"waited_seconds", waited},
                           {"estimated_wait_seconds", wait.seconds},
                           {"estimate_error_seconds", wait.error}});
  }
  queues_[queue].tickets = std::move(told);
}

}  // namespace gamekeeper::play
