#pragma once

#include <string>
#include <unordered_map>

#include "play/accounts/player_rating.h"
#include "play/results/match_record.h"
#include "play/results/rater.h"

namespace gamekeeper::play {

/// The ratings of a queue from its matches and rules alone, given in `applied` order; void ones move nothing. Pure: what it makes is
/// what applying the same matches one by one has made, bit for bit. One thread at a time.
class QueueReplay {
 public:
  QueueReplay(std::string app, std::string queue, RatingRules rules = {})
      : app_(std::move(app)), queue_(std::move(queue)), rater_(std::move(rules)) {}

  /// Writes what the match has moved into it.
  void add(Match& match);
  /// By player; those who have an applied match. Versions are 0.
  const std::unordered_map<std::string, PlayerRating>& ratings() const { return ratings_; }

 private:
  const std::string app_, queue_;
  std::unordered_map<std::string, PlayerRating> ratings_;
  std::vector<PlayerRating*> seats_;
  Rater rater_;
};

}  // namespace gamekeeper::play
