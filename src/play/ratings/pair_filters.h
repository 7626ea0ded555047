#pragma once

#include <optional>
#include <vector>

#include "play/ratings/filter_bank.h"
#include "play/ratings/match.h"

namespace gamekeeper::play::ratings {

/// Strengths of players in matches of two sides, by two kinds of filter side by side:
/// *margin* filters are Kalman filters on the standardised score difference; *outcome* filters are the logistic
/// counterpart on win, draw, loss. A side's strength is the sum of its members' over the root of its size; labels
/// (home, a faction, a hero) are strengths of their own that are added.
class PairFilters {
 public:
  PairFilters(std::span<const FilterSetting> margin, std::span<const FilterSetting> outcome);

  struct LabelShare {
    LabelIndex label;
    double weight;  // what it adds to the first side less what it adds to the second
  };
  /// What the filters say before a match: the difference in strength, its variance, and the features drawn from them.
  struct View {
    Lane gap, variance;
    double margin = 0;  // mean of the margin filters, over the predictive deviation
    double outcome = 0;  // mean of the outcome filters: a logit
    Lane shrunk;  // the outcome filters' own logits, shrunk for their variance
    std::vector<LabelShare> labels;
  };

  void grow(size_t players, size_t labels);
  /// Fills `view`; changes nothing. Every player and label must have been grown to.
  void look(const Match& match, View& view) const;
  /// Learns from the match that `view` was taken of. `outcome`: 1, 0.5 or 0. `margin`: the standardised difference of
  /// the scores, when both sides have one.
  void learn(const Match& match, const View& view, double outcome, std::optional<double> margin);

  /// One player's mean strength over the margin filters, and its deviation, in units of standardised margin.
  struct Strength {
    double mean, deviation;
  };
  Strength strength(PlayerIndex player) const;

 private:
  struct LabelState {
    uint64_t matches = 0;  // how many this bank had seen when the label's variances were last brought up to date
  };
  void add_players(const Match& match, View& view) const;
  void add_labels(const Match& match, View& view) const;
  double label_growth(LabelIndex label) const;

  size_t margins_;
  FilterLanes lanes_, label_lanes_;
  Beliefs players_, labels_;
  std::vector<LabelState> label_state_;
  Mixture margin_mixture_, outcome_mixture_;
  Lane noise_;  // of the margin filters: learned
  uint64_t matches_ = 0, with_margin_ = 0;
};

}  // namespace gamekeeper::play::ratings
