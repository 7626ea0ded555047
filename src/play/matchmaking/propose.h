#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "play/matchmaking/queue_rules.h"
#include "ports/ticket_pool.h"

namespace gamekeeper::play {

/// A match that could be made now: for each team its tickets, as numbers of the pool's order.
struct ProposedMatch {
  std::vector<std::vector<uint32_t>> teams;
  double quality = 0;  // 0 to 1: how even the teams are
};

/// The matches to make of a pool, sorted by rating: no ticket in two of them, no player in two of them, parties whole,
/// every team full. Pure: the same pool, rules, time and seed give the same matches.
///
/// Two singles: the disjoint pairs with the greatest sum of (reach − gap), exactly, in one walk over the order. No two
/// tickets that accept one another stay behind, and of equals the older go first. Teams: from the oldest ticket on, its
/// nearest neighbours that it accepts and that accept it, as soon as they fill all teams; then split as evenly as can be.
/// The seed decides which team comes first, so that no side is a strong player's habit.
/// Source of the pairing: dynamic programme over a sorted line with one open end (docs/matchmaking.md).
std::vector<ProposedMatch> propose(std::span<const ports::PooledTicket> by_rating, const QueueRules& rules,
                                   UnixMillis now, uint64_t seed);

/// The share of evenness between teams of these mean ratings: 1 when each may expect as much, towards 0 when the outcome
/// is certain. That of the most uneven two, by Elo's expectation.
double quality_of(std::span<const double> team_ratings);

/// Why a ticket still waits. The rule is `players` (too few wait), `rating_window` (enough wait, not near enough),
/// `party_sizes` (enough are near, but their parties fill no teams), or none: the next tick may take it.
struct Explanation {
  std::string_view blocking_rule;  // empty: none
  std::optional<double> nearest;  // points to the nearest other ticket
  std::optional<double> next_expansion_seconds;  // until enough others come within reach, if nobody comes or goes
};
Explanation explain(const ports::PooledTicket& ticket, std::span<const ports::PooledTicket> pool,
                    const QueueRules& rules, UnixMillis now);

}  // namespace gamekeeper::play
