#pragma once

#include <span>

#include "play/ratings/match.h"

namespace gamekeeper::play::ratings {

/// The one factor that turns strengths in a match of many sides into logits of its pairs, learned online from all
/// pairs. A team's pairs depend on each other, so that each of them counts 2 / teams.
class FieldTemperature {
 public:
  explicit FieldTemperature(double prior = 1) : factor_(prior) {}

  double factor() const { return factor_; }
  /// `strengths`: before the factor, in the order of the teams. O(teams^2).
  void learn(std::span<const Team> teams, std::span<const double> strengths);

 private:
  double factor_, variance_ = 1;
};

}  // namespace gamekeeper::play::ratings
