#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace gamekeeper::play::ratings {

inline constexpr size_t kFiltersMax = 32;
using Lane = std::array<double, kFiltersMax>;  // one number a filter

/// How one filter believes players to be: a newcomer's strength is normal around 0 with this variance, and a known
/// player's variance grows by `per_day` and `per_game`, never above a newcomer's.
struct FilterSetting {
  double variance = 0.25;
  double per_day = 1e-4;
  double per_game = 0;
};

/// The settings of several filters, laid out for loops over them.
struct FilterLanes {
  explicit FilterLanes(std::span<const FilterSetting> settings);

  size_t size;
  Lane variance{}, per_day{}, per_game{};
};

/// What several filters believe of many players: a mean and a variance each, and the day of the last game.
class Beliefs {
 public:
  explicit Beliefs(const FilterLanes& lanes) : lanes_(lanes.size), newcomer_(2 * lanes.size) {
    for (size_t k = 0; k < lanes.size; ++k) newcomer_[lanes.size + k] = lanes.variance[k];
  }

  size_t size() const { return last_day_.size(); }
  /// Makes room for the numbers below `count`. Allocates.
  void grow(size_t count) {
    if (count <= size()) return;
    // Players come one by one: exactly so much room would copy all of them for each.
    const size_t room = count * newcomer_.size();
    if (room > rows_.capacity()) rows_.reserve(std::max(room, 2 * rows_.capacity()));
    while (size() < count) {
      rows_.insert(rows_.end(), newcomer_.begin(), newcomer_.end());
      last_day_.push_back(NAN);
    }
  }

  const double* means(uint32_t i) const { return rows_.data() + size_t{i} * newcomer_.size(); }
  const double* variances(uint32_t i) const { return means(i) + lanes_; }
  double* means(uint32_t i) { return rows_.data() + size_t{i} * newcomer_.size(); }
  double* variances(uint32_t i) { return means(i) + lanes_; }
  void played(uint32_t i, double day) { last_day_[i] = day; }

  /// By how much every variance of `i` has grown when the next game is played on `day`: per_day times the first plus
  /// per_game times the second. Nothing for a newcomer.
  struct Idle {
    double days, games;
  };
  Idle idle(uint32_t i, double day) const {
    const double last = last_day_[i];
    if (std::isnan(last)) return {0, 0};
    return {day > last ? day - last : 0, 1};
  }

 private:
  size_t lanes_;
  std::vector<double> newcomer_, rows_, last_day_;
};

/// The variance of lane `k` after that idle time.
inline double aged(const FilterLanes& lanes, size_t k, double variance, const Beliefs::Idle& idle) {
  const double grown = variance + lanes.per_day[k] * idle.days + lanes.per_game[k] * idle.games;
  return grown < lanes.variance[k] ? grown : lanes.variance[k];
}

/// Weighs lanes by how well they foretold the results so far: exp of the discounted sum of their log densities.
/// Settings are thereby chosen while playing, for every queue on its own.
class Mixture {
 public:
  explicit Mixture(size_t lanes) : size_(lanes) {}
  /// The weights (they sum to 1) of the lanes, from past matches only.
  void weights(Lane& out) const;
  /// `entrants`: how many sides the match had; each discounts the past by a thousandth.
  void learn(const Lane& log_density, double entrants);

 private:
  size_t size_;
  Lane score_{};
};

}  // namespace gamekeeper::play::ratings
