#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "play/results/sequencer.h"
#include "play/sessions/session_endings.h"

namespace gamekeeper::play {

/// What one write set of a queue will hold.
struct Sequencer::Round {
  Round(ports::DocumentStore& documents, UnixMillis at) : endings(documents), now(at) {}

  SessionEndings endings;
  UnixMillis now;
  std::unordered_map<std::string, std::optional<ports::Document>> stored;  // matches as the store has them, by id
  std::vector<std::string> order;  // of matches as they were first touched
  std::unordered_map<std::string, Match> matches;  // by id, as they will be
  std::vector<std::string> settled;  // matches in the order of their numbers
  std::vector<PlayerRating*> changed;  // each once
  std::unordered_map<const PlayerRating*, bool> is_changed;
  std::vector<ports::Fact> facts;
  std::vector<ports::ScoreWrite> scores;  // of those who changed, as the board will have them
  std::vector<std::string> players;       // who changed

  void write(Match match) {
    const std::string id = match.result.match_id;
    if (matches.insert_or_assign(id, std::move(match)).second) order.push_back(id);
  }
};

/// A round whose commit is under way while the next has the turn. It is asked by whoever has the turn, or by the round that
/// follows it, one after the other.
class Sequencer::Flight {
 public:
  explicit Flight(const Round& round) : matches_(round.order.begin(), round.order.end()) {}

  /// Whether it writes a match that one of these is about.
  bool concerns(const Jobs& jobs) const {
    return std::ranges::any_of(jobs, [this](const QueueJob& job) { return matches_.contains(job.result.match_id); });
  }
  /// Whether it was committed, as soon as that is known.
  Task<bool> is_committed() {
    if (!outcome_) outcome_ = co_await committed_.get();
    co_return *outcome_;
  }
  /// Returns when everybody has been told.
  Task<void> land() {
    if (!std::exchange(landed_, true)) co_await told_.get();
  }

  /// Held by the round itself. However it ends, who waits for it goes on.
  class Pilot {
   public:
    explicit Pilot(Flight& flight) : committed_(flight.committed_), told_(flight.told_) {}
    ~Pilot() {
      if (!is_known_) committed_.set(false);
      told_.set(true);
    }
    void know(bool committed) {
      is_known_ = true;
      committed_.set(committed);
    }

   private:
    Promise<bool> committed_, told_;
    bool is_known_ = false;
  };

 private:
  const std::unordered_set<std::string> matches_;
  Future<bool> committed_, told_;
  std::optional<bool> outcome_;
  bool landed_ = false;
};

/// Whoever played in the match was in its session. Errors: kInvalid `not_in_session`.
Result<void> check_in_session(const MatchResult& result, const Session& session);

}  // namespace gamekeeper::play
