#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace gamekeeper::play::ratings {

inline constexpr size_t kFeaturesMax = 6;

/// A weight's normal prior.
struct WeightPrior {
  double mean = 0;
  double variance = 1;
};

/// Online Bayesian logistic regression without intercept: P(y = 1) = sigmoid(w.x), w normal; one Newton step an
/// observation. It learns for ever and forgets nothing, because forgetting inflates the variance of features that are
/// rarely other than 0 until one of them throws the weights off.
class OnlineLogistic {
 public:
  explicit OnlineLogistic(std::span<const WeightPrior> priors);

  size_t size() const { return size_; }
  double weight(size_t i) const { return w_[i]; }
  /// ln(p / (1 - p)). `x` has size() numbers.
  double logit(std::span<const double> x) const;
  /// Learns that `x` had the outcome `y`, from 0 to 1.
  void learn(std::span<const double> x, double y);

 private:
  size_t size_;
  std::array<double, kFeaturesMax> w_{};
  std::array<std::array<double, kFeaturesMax>, kFeaturesMax> covariance_{};
};

}  // namespace gamekeeper::play::ratings
