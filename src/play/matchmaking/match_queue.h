#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/matchmaking/propose.h"
#include "play/matchmaking/queues.h"
#include "play/matchmaking/ticket.h"
#include "play/sessions/sessions.h"
#include "ports/broadcast.h"
#include "ports/document_store.h"
#include "ports/ticket_pool.h"

namespace gamekeeper::play {

struct NewTicket {
  std::string queue = "default";
  std::vector<std::string> players;  // the first asks; the others are their party
  boost::json::object attributes;
  std::map<std::string, double> latencies;  // region: ms
};

/// A ticket as its player sees it.
struct TicketView {
  Ticket ticket;
  // Of one that searches:
  uint64_t position = 0;  // from 1, by time of coming
  std::optional<WaitEstimate> wait;
  std::optional<Explanation> explanation;
};

/// Looking for a match: tickets as documents, one a player. Who commits first wins, be it the player who leaves or the
/// matchmaker. Thread-safe. Errors: those of the store and the pool, kOverloaded, and:
class MatchQueue {
 public:
  struct Parts {
    ports::DocumentStore& documents;
    ports::TicketPool& pool;
    Queues& queues;
    Sessions& sessions;
    ports::Broadcast* broadcast = nullptr;  // null: nobody listens
  };
  MatchQueue(Parts parts, const Clock& clock) : parts_(std::move(parts)), clock_(clock) {}

  /// kInvalid (field), kNotFound for a player who does not exist, kDenied `banned`, kConflict `already_queued` (limit: in
  /// which queue), kUnprocessable `unmatchable` (limit: the rule that can never pass).
  Task<Result<TicketView>> join(std::string app, NewTicket wanted);
  /// The player's newest ticket: while it searches, and for ten minutes when it has expired, when it is matched (until its
  /// session is completed), and when that match was cancelled. kNotFound `not_queued`.
  Task<Result<TicketView>> status(std::string app, std::string player_id);
  /// The whole party leaves. kNotFound `not_queued`, kConflict `already_matched`.
  Task<Result<Ticket>> leave(std::string app, std::string player_id);

  /// Ends tickets whose time is over or whose players may not play any more, and forgets those that ended long ago. One
  /// caller at a time.
  Task<Result<void>> sweep();
  /// Ends the ticket if one of its players is banned or gone; whether it did.
  Task<Result<bool>> drop_if_unfit(Ticket ticket);
  /// The same at once for the ticket of a player who has just gone, party and all. Harmless to repeat.
  Task<Result<void>> forget_player(std::string app, std::string player_id);

 private:
  using Snapshot = std::shared_ptr<const std::vector<ports::PooledTicket>>;
  struct Seen {
    UnixMillis at = 0;
    Snapshot tickets;
  };

  Result<void> check(const NewTicket& wanted) const;
  Task<Result<std::vector<TicketPlayer>>> players_of(std::string app, const NewTicket& wanted);
  /// With the rating that the queue's results have given.
  Task<Result<TicketPlayer>> rated(std::string app, std::string player_id, std::string queue);
  /// Ends tickets of the players whose time is over. kConflict `already_queued`: one still waits.
  Task<Result<void>> make_way(std::string app, std::vector<std::string> players);
  Task<Result<std::optional<Ticket>>> newest(std::string app, std::string player_id);
  Task<Result<TicketView>> view(Ticket ticket);
  /// How the session of a ticket's match ended; nothing while it has not. One that is forgotten was played.
  Task<Result<std::optional<SessionStatus>>> end_of_match(const Ticket& ticket);
  Task<Result<Snapshot>> snapshot(ports::QueueId queue);
  /// Over the version that was read. kConflict: it is no longer what was read.
  Task<Result<Ticket>> end(Ticket ticket, TicketStatus how, std::string reason);
  Task<Result<void>> expire_overdue();
  Task<Result<void>> drop_unfit();

  const Parts parts_;
  const Clock& clock_;
  std::string unfit_cursor_;  // where the last sweep stopped looking
  std::mutex mutex_;
  std::map<ports::QueueId, Seen> seen_;
};

}  // namespace gamekeeper::play
