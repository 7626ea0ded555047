#pragma once

#include <span>
#include <vector>

#include "play/accounts/player_rating.h"
#include "play/ratings/shown_system.h"
#include "play/results/match_record.h"
#include "play/results/rating_rules.h"

namespace gamekeeper::play {

enum class Outcome : uint8_t { kLoss, kDraw, kWin };

/// A win is the first place alone, a draw the first place together with others.
Outcome outcome_of(const std::vector<MatchTeam>& teams, size_t team);

/// Moves the shown ratings of a match's players, by the system that the queue's rules name, all on one scale on which
/// newcomers stand at 1500 +- 350. Deviations of Glicko-2 grow with the time since a player's last match.
/// Pure: the same matches in the same order by the same rules give the same bits, which voiding a match rests on. Keeps
/// room for numbers between matches. One thread at a time.
class Rater {
 public:
  explicit Rater(RatingRules rules = {});
  const RatingRules& rules() const { return rules_; }

  /// `players` are the ratings of the match's players, team after team. Writes before, after and deviation into the match,
  /// which carries its `time` and `settled_at`. What a player has lost by being away is lost before.
  void apply(Match& match, std::span<PlayerRating* const> players);
  /// A soft reset at `settled_at`: the mean keeps this share of its distance from 1500, the variance is mixed with a
  /// newcomer's in the same way, unless the system knows none. Games stay counted.
  static void reset(PlayerRating& rating, double keep, UnixMillis settled_at);

 private:
  ratings::ShownSystem& system_for(const std::vector<MatchTeam>& teams, size_t players);
  void decay(PlayerRating& rating, const Match& match) const;

  RatingRules rules_;
  std::vector<ratings::ShownSystem> systems_;  // one, or by the match's shape: of duels, teams, fields
  std::vector<ratings::Standing> standings_;
  std::vector<ratings::Member> members_;
  std::vector<ratings::Team> teams_;
};

}  // namespace gamekeeper::play
