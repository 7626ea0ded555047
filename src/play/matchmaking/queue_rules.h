#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"
#include "ports/ticket_pool.h"

namespace gamekeeper::play {

/// How one queue makes matches.
struct QueueRules {
  static constexpr int kTeamSizeMax = 64, kTeamsMax = 64, kPlayersMax = 256;

  int team_size = 1, teams = 2;
  double window_start = 100;       // points that a new ticket accepts between itself and an opponent
  double window_growth = 10;       // points more for every second it has waited
  int64_t patience_seconds = 60;   // who has waited so long accepts anybody
  int64_t max_wait_seconds = 600;  // then the ticket expires
  std::string match_mode;          // of the sessions that are made; empty: the queue's name

  int players() const { return team_size * teams; }
};

/// How far from its rating a ticket accepts others; `kAnyone` once its patience is over. Two tickets accept one another
/// when their gap is at most the mean of their reaches: so who has waited is found by newcomers, too.
double reach_of(const ports::PooledTicket& ticket, const QueueRules& rules, UnixMillis now);
inline constexpr double kAnyone = 1e7;

/// A queue's rules with its name, as they are set; a queue that nobody has set has the defaults.
struct QueueSettings {
  std::string app, name;
  QueueRules rules;
  UnixMillis updated_at = 0;
  uint64_t version = 0;
};

inline constexpr const char* kQueues = "queues";

/// What may be set: team_size, teams, window_start, window_growth, patience_seconds, max_wait_seconds, match_mode; what
/// is absent stays as it was. Errors: kInvalid, naming the field and its limits.
Result<QueueRules> change_rules(QueueRules rules, const boost::json::object& change);
boost::json::object show(const QueueRules& rules);

ports::Put put_of(const QueueSettings& settings);
/// Errors: kCorrupt.
Result<QueueSettings> read_queue(const ports::Document& document);

}  // namespace gamekeeper::play
