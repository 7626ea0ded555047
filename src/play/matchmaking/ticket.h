#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"
#include "ports/ticket_pool.h"

namespace gamekeeper::play {

/// kCancelled is only told, never stored: a match whose session was cancelled or abandoned.
enum class TicketStatus : uint8_t { kSearching, kMatched, kExpired, kLeft, kCancelled };

std::string_view name_of(TicketStatus status);

struct TicketPlayer {
  std::string id;
  double rating = 1500, deviation = 350;  // when the ticket was made
};

/// What a ticket became: the same for all tickets of a match.
struct TicketMatch {
  std::string match_id, session_id;
  std::vector<std::vector<std::string>> teams;  // ids of players
  double quality = 0, predicted_win = 0.5;      // of the first team
  UnixMillis at = 0;
};

/// Somebody who looks for a match, alone or as a party. A player has one that searches at a time: the store holds it so.
struct Ticket {
  static constexpr size_t kAttributesBytesMax = 2048, kPlayersMax = 64, kRegionsMax = 32;
  static constexpr int64_t kEndedKeptMs = 10 * 60 * 1000;

  std::string app, id, queue;
  std::vector<TicketPlayer> players;  // the first asked for it
  TicketStatus status = TicketStatus::kSearching;
  boost::json::object attributes;
  std::map<std::string, double> latencies;  // region: ms
  UnixMillis since = 0, deadline = 0;
  UnixMillis ended_at = 0;  // 0: searching
  std::string reason;  // why it was left: left, banned, gone
  std::optional<TicketMatch> match;
  uint64_t version = 0;

  bool has(std::string_view player_id) const;
  double waited_seconds(UnixMillis now) const;
  /// Ends the search; the document is kept for a while, so that its players can see how it ended.
  void end(TicketStatus how, UnixMillis now);
  /// What the matchmaker looks at: the party counts by its mean.
  ports::PooledTicket pooled() const;
  ports::QueueId queue_id() const { return {app, queue}; }
};

inline constexpr const char* kTickets = "tickets";
/// Their indexes: `searching` has one holder a player, `waiting` and `deadline` hold those that search, `player` all of a
/// player by time, `expires` those that may be forgotten.
std::string player_key(std::string_view app, std::string_view player_id);
/// Keys of `waiting` that begin with this are those of the queue.
std::string waiting_key(const ports::QueueId& queue);

ports::Put put_of(const Ticket& ticket);
/// Errors: kCorrupt.
Result<Ticket> read_ticket(const ports::Document& document);

/// What the log hears: one fact for each of its players (queue.joined, queue.left).
void add_facts(ports::WriteSet& set, const Ticket& ticket, std::string_view name, UnixMillis at);

/// {match_id, session_id, queue, teams, quality, predicted_win}
boost::json::object show(const TicketMatch& match);

}  // namespace gamekeeper::play
