#pragma once

#include <vector>

#include "play/ratings/filter_bank.h"
#include "play/ratings/match.h"

namespace gamekeeper::play::ratings {

/// Strengths of players in matches of more than two sides: Kalman filters on the order of finish, taken as Savage
/// scores (what the Plackett-Luce model expects of each place). O(entrants). Labels (a car, a faction) are strengths
/// of their own that are added.
class FieldFilters {
 public:
  explicit FieldFilters(std::span<const FilterSetting> settings);

  void grow(size_t players, size_t labels);
  /// Each team's strength before the match, in the order of the teams; changes nothing but `out`.
  void look(const Match& match, std::span<double> out) const;
  /// Learns from the match. All entrants move at once, from what was believed before it: their order means nothing
  /// beyond rounding.
  void learn(const Match& match);

 private:
  struct Entrant {
    Lane strength, variance;
  };
  /// What one entrant tells of a label it bears.
  struct Share {
    LabelIndex label;
    uint32_t entrant;
    double weight;
  };
  void sum_up(const Match& match, const Team& team, Entrant& out) const;
  void savage_scores(std::span<const Team> teams);
  void surprise(size_t teams, Lane& log_density);
  void move_players(const Match& match, size_t i);
  void move_labels(const Match& match);
  void move_label(double day, std::span<const Share> shares);

  FilterLanes lanes_;
  Beliefs players_, labels_;
  Mixture mixture_;
  Lane noise_;
  double entrants_seen_ = 0;
  std::vector<double> score_;  // of the match being learned
  std::vector<uint32_t> by_rank_;
  std::vector<Entrant> entrants_;  // what was believed; once the result is seen: the surprise, and its variance
  std::vector<Share> shares_;
};

}  // namespace gamekeeper::play::ratings
