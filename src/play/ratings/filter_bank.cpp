#include "play/ratings/filter_bank.h"

#include <algorithm>

#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {

FilterLanes::FilterLanes(std::span<const FilterSetting> settings) : size(settings.size()) {
  GK_CHECK(size <= kFiltersMax, "a bank has at most kFiltersMax filters");
  for (size_t k = 0; k < size; ++k) {
    variance[k] = settings[k].variance;
    per_day[k] = settings[k].per_day;
    per_game[k] = settings[k].per_game;
  }
}

void Mixture::weights(Lane& out) const {
  if (size_ == 0) return;
  const double best = *std::max_element(score_.begin(), score_.begin() + static_cast<ptrdiff_t>(size_));
  for (size_t k = 0; k < size_; ++k) out[k] = fast_exp(score_[k] - best);
  double sum = 0;
  for (size_t k = 0; k < size_; ++k) sum += out[k];
  for (size_t k = 0; k < size_; ++k) out[k] /= sum;
}

void Mixture::learn(const Lane& log_density, double entrants) {
  const double kept = entrants == 2 ? 0.999 * 0.999 : std::pow(0.999, entrants);
  for (size_t k = 0; k < size_; ++k) score_[k] = kept * score_[k] + log_density[k];
}

}  // namespace gamekeeper::play::ratings
