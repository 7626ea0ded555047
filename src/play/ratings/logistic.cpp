#include "play/ratings/logistic.h"

#include "base/result.h"
#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {

OnlineLogistic::OnlineLogistic(std::span<const WeightPrior> priors) : size_(priors.size()) {
  GK_CHECK(size_ <= kFeaturesMax, "a stack has at most kFeaturesMax features");
  size_t i = 0;
  for (const WeightPrior& prior : priors) {
    w_[i] = prior.mean;
    covariance_[i][i] = prior.variance;
    ++i;
  }
}

double OnlineLogistic::logit(std::span<const double> x) const {
  double z = 0;
  for (size_t i = 0; i < size_; ++i) z += w_[i] * x[i];
  return z;
}

void OnlineLogistic::learn(std::span<const double> x, double y) {
  const double p = sigmoid(logit(x)), information = p * (1 - p);
  std::array<double, kFeaturesMax> gain{};
  double spread = 0;
  for (size_t i = 0; i < size_; ++i) {
    for (size_t j = 0; j < size_; ++j) gain[i] += covariance_[i][j] * x[j];
  }
  for (size_t i = 0; i < size_; ++i) spread += x[i] * gain[i];
  const double damped = 1.0 / (1.0 + information * spread);
  for (size_t i = 0; i < size_; ++i) {
    w_[i] += gain[i] * (y - p) * damped;
    for (size_t j = 0; j < size_; ++j) covariance_[i][j] -= information * damped * gain[i] * gain[j];
  }
}

}  // namespace gamekeeper::play::ratings
