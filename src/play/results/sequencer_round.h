#pragma once

#include <optional>
#include <string>
#include <unordered_map>
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

  void write(Match match) {
    const std::string id = match.result.match_id;
    if (matches.insert_or_assign(id, std::move(match)).second) order.push_back(id);
  }
};

}  // namespace gamekeeper::play
