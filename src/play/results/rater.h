#pragma once

#include <span>
#include <vector>

#include "play/accounts/player_rating.h"
#include "play/ratings/elo_mm.h"
#include "play/ratings/glicko2.h"
#include "play/ratings/weng_lin.h"
#include "play/results/match_record.h"

namespace gamekeeper::play {

enum class Outcome : uint8_t { kLoss, kDraw, kWin };

/// A win is the first place alone, a draw the first place together with others.
Outcome outcome_of(const std::vector<MatchTeam>& teams, size_t team);

/// Moves the shown ratings of a match's players. The shape of the match decides the system, all on one scale on which
/// newcomers stand at 1500 +- 350: Glicko-2 for two players, whose deviations grow with the time since their last match;
/// Plackett-Luce after Weng and Lin when a team has more than one player; Elo-MM for players each on their own.
/// Pure: the same matches in the same order give the same bits, which voiding a match rests on. Keeps room for numbers
/// between matches. One thread at a time.
class Rater {
 public:
  /// `players` are the ratings of the match's players, team after team. Writes before, after and deviation into the match,
  /// which carries its `time` and `settled_at`.
  void apply(Match& match, std::span<PlayerRating* const> players);
  /// A soft reset at `settled_at`: the mean keeps this share of its distance from 1500, the variance is mixed with a
  /// newcomer's in the same way. Games stay counted.
  static void reset(PlayerRating& rating, double keep, UnixMillis settled_at);

 private:
  void rate_duel(const Match& match, std::span<PlayerRating* const> players);
  void rate_teams(const Match& match, std::span<PlayerRating* const> players);
  void rate_field(const Match& match, std::span<PlayerRating* const> players);

  ratings::WengLinScratch scratch_;
  ratings::EloMmPerformances performances_{ratings::EloMmOptions{}.beta};
  std::vector<ratings::Gaussian> gaussians_;
  std::vector<ratings::WengLinTeam> teams_;
  std::vector<ratings::EloMmEntrant> entrants_;
};

}  // namespace gamekeeper::play
