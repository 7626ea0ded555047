#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "play/results/sequencer.h"
#include "play/sessions/session_endings.h"

namespace gamekeeper::play {

/// What one write set of a queue will hold.
struct Sequencer::Round {
  Round(ports::DocumentStore& documents, UnixMillis at, bool first) : endings(documents), now(at), is_first(first) {}

  SessionEndings endings;
  UnixMillis now;
  bool is_first;  // nothing has gone wrong yet: what callers saw a moment ago is taken for true
  std::vector<std::string> order;  // of matches as they were first touched
  std::unordered_map<std::string, Match> matches;  // by id, as they will be
  std::vector<std::string> settled;  // matches in the order of their numbers
  std::vector<PlayerRating*> changed;  // each once
  std::unordered_map<const PlayerRating*, bool> is_changed;
  std::vector<ports::Fact> facts;

  void write(Match match) {
    const std::string id = match.result.match_id;
    if (matches.insert_or_assign(id, std::move(match)).second) order.push_back(id);
  }
};

}  // namespace gamekeeper::play
