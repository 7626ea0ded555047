#pragma once

#include <algorithm>
#include <array>

#include "play/ratings/families.h"
#include "play/ratings/field_temperature.h"
#include "play/ratings/logistic.h"

namespace gamekeeper::play::ratings {

/// A classic family made into a model: its logits are calibrated online (slope, the worth of the side, the worth of
/// more players), and the worth of the side is handed back to the ratings, so that a home win moves them by less.
template <class Family>
class Calibrated {
 public:
  explicit Calibrated(Family family) : family_(std::move(family)) {}

  void grow(size_t players, size_t) { family_.grow(players); }

  void predict(const Match& match, std::span<double> strengths) {
    if (match.teams.size() == 2) {
      look(match);
      const double logit = stack_.logit(features_);
      strengths[0] = logit / 2, strengths[1] = -logit / 2;
      return;
    }
    family_.strengths(match, strengths);
    for (double& strength : strengths) strength *= temperature_.factor();
  }

  void learn(const Match& match, std::span<double> strengths) {
    if (match.teams.size() == 2) {
      predict(match, strengths);
      learn_pair(match);
      return;
    }
    family_.strengths(match, strengths);
    const double factor = temperature_.factor();
    temperature_.learn(match.teams, strengths);
    for (double& strength : strengths) strength *= factor;
    family_.learn(match, 0);
  }

  Standing standing(PlayerIndex player) const { return family_.standing(player); }

 private:
  void look(const Match& match) {
    const Team &a = match.teams[0], &b = match.teams[1];
    const double side = first_label_ == kNoLabel ? 0.0
                                                 : static_cast<double>(team_label(a) == first_label_) -
                                                       static_cast<double>(team_label(b) == first_label_);
    const double size = std::log(static_cast<double>(a.members.size()) / static_cast<double>(b.members.size()));
    features_ = {std::clamp(family_.logit(match), -12.0, 12.0), side, size};
  }

  void learn_pair(const Match& match) {
    if (first_label_ == kNoLabel) {
      const LabelIndex a = team_label(match.teams[0]), b = team_label(match.teams[1]);
      if (a != b) first_label_ = std::min(a, b), look(match);
    }
    const double advantage = stack_.weight(1) * features_[1] / std::max(0.25, stack_.weight(0));
    stack_.learn(features_, outcome_of(match));
    family_.learn(match, advantage);
  }

  static constexpr std::array<WeightPrior, 3> kPriors = {WeightPrior{1, 1}, WeightPrior{0, 1}, WeightPrior{0, 1}};
  Family family_;
  OnlineLogistic stack_{kPriors};
  FieldTemperature temperature_;
  LabelIndex first_label_ = kNoLabel;
  std::array<double, 3> features_{};
};

}  // namespace gamekeeper::play::ratings
