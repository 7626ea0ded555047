#include "play/ratings/field_temperature.h"

#include <algorithm>

#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {

void FieldTemperature::learn(std::span<const Team> teams, std::span<const double> strengths) {
  double slope = 0, curvature = 0;
  for (size_t i = 0; i < teams.size(); ++i) {
    for (size_t j = i + 1; j < teams.size(); ++j) {
      const double x = strengths[i] - strengths[j], p = sigmoid(factor_ * x);
      const double y = teams[i].rank < teams[j].rank ? 1.0 : teams[i].rank > teams[j].rank ? 0.0 : 0.5;
      slope += x * (y - p);
      curvature += x * x * p * (1 - p);
    }
  }
  const double weight = 2.0 / static_cast<double>(teams.size());
  variance_ = 1.0 / (1.0 / variance_ + weight * curvature);
  factor_ = std::max(0.01, factor_ + variance_ * weight * slope);  // below 0 it would turn the order round
}

}  // namespace gamekeeper::play::ratings
