#include "play/ratings/elo_mm.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {

std::span<const double> EloMmPerformances::find(std::span<const EloMmEntrant> entrants) {
  const size_t n = entrants.size();
  if (scale_.size() < n) scale_.resize(n), performance_.resize(n), order_.resize(n);
  // A logistic of this slope has the spread sqrt(variance + beta^2).
  for (size_t i = 0; i < n; ++i) scale_[i] = std::numbers::pi / (2 * std::sqrt(3 * (entrants[i].variance + beta2_)));
  std::iota(order_.begin(), order_.begin() + static_cast<ptrdiff_t>(n), 0u);
  std::sort(order_.begin(), order_.begin() + static_cast<ptrdiff_t>(n),
            [&](uint32_t a, uint32_t b) { return entrants[a].rank < entrants[b].rank; });
  for (size_t i = 0; i < n; ++i) {
    const uint32_t at = order_[i];
    const bool shared = i > 0 && entrants[order_[i - 1]].rank == entrants[at].rank;
    performance_[at] = shared ? performance_[order_[i - 1]] : solve(entrants, entrants[at].rank);
  }
  return {performance_.data(), n};
}

/// The root of the slope of the result's log-likelihood, which grows with x: bracketed Newton.
double EloMmPerformances::solve(std::span<const EloMmEntrant> entrants, uint32_t rank) const {
  double low = entrants[0].mean, high = entrants[0].mean, widest = 0;
  for (size_t l = 0; l < entrants.size(); ++l) {
    low = std::min(low, entrants[l].mean), high = std::max(high, entrants[l].mean);
    widest = std::max(widest, 1 / scale_[l]);
  }
  // Beyond these the one tie with oneself outweighs whatever everyone else adds (which falls off like e^-2x).
  const double reach = widest * (4 + std::log(static_cast<double>(entrants.size()) + 1));
  low -= reach, high += reach;
  double x = (low + high) / 2;
  for (int step = 0; step < 60; ++step) {
    double slope = 0, value = 0;
    for (size_t l = 0; l < entrants.size(); ++l) {
      const double c = scale_[l];
      const double th = 1.0 - 2.0 / (1.0 + fast_exp(2.0 * (x - entrants[l].mean) * c));
      const double lean = entrants[l].rank < rank ? 1.0 : entrants[l].rank > rank ? -1.0 : 0.0;
      value += c * (th + lean);
      slope += c * c * (1.0 - th * th);
    }
    (value < 0 ? low : high) = x;
    const double newton = x - value / slope;
    const double next = newton > low && newton < high ? newton : (low + high) / 2;
    const bool there = std::abs(next - x) < 1e-7 * widest;
    x = next;
    if (there) break;
  }
  return x;
}

}  // namespace gamekeeper::play::ratings
