#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/task.h"
#include "flow/lease.h"
#include "play/matchmaking/match_queue.h"
#include "play/matchmaking/queue_news.h"

namespace gamekeeper::play {

/// How likely the first team of a match wins, by what is known of its players: ids and ratings by team.
using PredictWin = std::function<Task<Result<double>>(std::string app, std::string queue,
                                                      std::vector<std::vector<TicketPlayer>> teams)>;
/// The same by ratings and deviations alone (Glicko-2's expectation between the teams' means).
double predict_by_ratings(const std::vector<std::vector<TicketPlayer>>& teams);

struct MatchmakerOptions {
  std::chrono::milliseconds tick{250};
  int64_t lease_ms = 3000;
};

/// Makes the matches of all queues, in one of several processes at a time. A match is one write set: its session, its
/// tickets as matched, the facts. What comes after the commit (the pool, the pushes) can be repeated or lost: the pool is
/// put right from the documents.
class Matchmaker {
 public:
  struct Parts {
    ports::DocumentStore& documents;
    ports::TicketPool& pool;
    Queues& queues;
    MatchQueue& tickets;
    Sessions& sessions;
    ports::Broadcast* broadcast = nullptr;  // null: nobody listens
    PredictWin predict = {};  // empty: by ratings
  };
  Matchmaker(Parts parts, const Clock& clock, MatchmakerOptions options, Metrics& metrics);
  ~Matchmaker() { stop(); }

  void start();
  /// Ends after the tick that is under way and gives the lease to whoever waits for it. Safe to call twice.
  void stop();

  /// The pool's engine has forgotten it: the next tick fills it from the documents. From any thread.
  void pool_lost() { pool_lost_ = true; }

  /// One look at every queue: how many matches were made; none where another process holds the lease. One call at a time.
  /// Errors: those of the store and the pool; the next tick goes on.
  Task<Result<size_t>> tick();

 private:
  struct Waits {
    WaitTable table;
    UnixMillis seen_at = 0, kept_at = 0;
  };
  using Proposed = std::vector<std::vector<std::string>>;  // ids of tickets by team

  Task<void> work();
  Task<void> rest(std::chrono::milliseconds pause);
  Task<Result<void>> take_over(flow::Fence fence);
  /// Puts the pool right: in it is what searches by its document, and nothing else.
  Task<Result<void>> reconcile();
  Task<Result<bool>> looks_right();
  Task<Result<size_t>> serve(ports::QueueId queue);
  Task<std::vector<Result<bool>>> form_all(ports::QueueId queue, QueueRules rules,
                                           std::span<const ports::PooledTicket> pool,
                                           std::span<const ProposedMatch> matches);
  /// Whether it was made: not when one of the tickets no longer searches.
  Task<Result<bool>> form(ports::QueueId queue, QueueRules rules, Proposed teams, double quality);
  Task<Result<std::optional<Ticket>>> ticket_of(ports::QueueId queue, std::string id);
  Task<Result<void>> take_stale(ports::QueueId queue, std::string id, std::optional<Ticket> ticket);
  Task<Result<std::optional<std::vector<std::vector<Ticket>>>>> read_tickets(ports::QueueId queue, Proposed teams);
  Task<Result<void>> take_out(ports::QueueId queue, std::span<const Ticket> tickets);
  void note(const ports::QueueId& queue, const TicketMatch& match, std::span<const double> waits);
  Task<void> announce(ports::QueueId queue, std::vector<Ticket> tickets);
  Task<void> learn(ports::QueueId queue, std::span<const ports::PooledTicket> pool,
                   const std::set<std::string_view>& matched, UnixMillis now);

  const Parts parts_;
  const Clock& clock_;
  const MatchmakerOptions options_;
  flow::Lease lease_;
  flow::Fence fence_ = 0;  // 0: not held
  UnixMillis reconciled_at_ = 0;
  std::map<ports::QueueId, Waits> waits_;
  QueueNews news_;
  size_t left_ = 0;  // tickets that wait on, of the queues looked at in this tick
  prometheus::Counter &formed_, &failures_;
  prometheus::Gauge& waiting_;
  prometheus::Histogram &waited_, &ticked_;
  std::atomic<bool> stopped_{false}, pool_lost_{false};
  std::thread thread_;
};

}  // namespace gamekeeper::play
