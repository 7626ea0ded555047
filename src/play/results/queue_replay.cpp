#include "play/results/queue_replay.h"

namespace gamekeeper::play {

void QueueReplay::add(Match& match) {
  if (match.status != MatchStatus::kApplied) {
    for (MatchTeam& team : match.result.teams) {
      for (MatchPlayer& seat : team.players) seat.before = seat.after = 0, seat.deviation = 0;
    }
    return;
  }
  if (match.reset_keep) {
    for (auto& [player, rating] : ratings_) Rater::reset(rating, *match.reset_keep, match.settled_at);
    return;
  }
  seats_.clear();
  for (const MatchTeam& team : match.result.teams) {
    for (const MatchPlayer& seat : team.players) {
      const auto [rating, is_new] = ratings_.try_emplace(seat.id);
      if (is_new) rating->second = {.app = app_, .queue = queue_, .player_id = seat.id};
      seats_.push_back(&rating->second);
    }
  }
  rater_.apply(match, seats_);
}

}  // namespace gamekeeper::play
