#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace gamekeeper::play::ratings {

// Ratings of teams and free-for-alls by moment matching: closed-form, one pass a match.
// Source: R. Weng, C.-J. Lin, A Bayesian Approximation Method for Online Ranking, JMLR 12 (2011): algorithm 4
// (Plackett-Luce) and algorithm 3 (Thurstone-Mosteller over all pairs).

struct Gaussian {
  double mean = 25;
  double deviation = 25.0 / 3;
};

struct WengLinOptions {
  double beta = 25.0 / 6;        // how much one player's performance varies from game to game
  double drift = 25.0 / 300;     // added (in squares) to every deviation before a match
  double kappa = 1e-4;           // a variance never shrinks by more than to this share in one match
  double draw_margin = 0.1;      // Thurstone-Mosteller: performances nearer than this are a draw
  /// A team of n varies by n beta^2, as the sum of its players does. The paper, and the libraries that follow it, have
  /// beta^2 whatever the size, which makes predictions for teams overconfident.
  bool beta_per_player = true;
  /// Thurstone-Mosteller takes every pair for a game of its own, though the pairs of a match depend on each other: with
  /// twenty teams it overshoots until it knows nothing. Each pair then counts 2 / teams, which changes no duel.
  bool dependent_pairs = true;
};

/// One team: its players' ratings, read and overwritten in place. Rank 1 is best, equal ranks are a tie.
struct WengLinTeam {
  std::span<Gaussian> players;
  uint32_t rank = 1;
  double advantage = 0;  // added to the sum of the means: home, white …
};

enum class WengLinRule : uint8_t { kPlackettLuce, kThurstoneMosteller };

/// Room for the numbers of one match, kept between matches so that rating allocates nothing.
class WengLinScratch {
 public:
  struct TeamSum {
    double mean = 0, variance = 0, beta2 = 0, weight = 0, omega = 0, delta = 0;
    uint32_t tied = 1;
  };
  std::span<TeamSum> take(size_t teams) {
    if (sums_.size() < teams) sums_.resize(teams);
    return {sums_.data(), teams};
  }

 private:
  std::vector<TeamSum> sums_;
};

/// Rates one match in place. Needs two teams or more, none empty, finite numbers, deviations above 0. O(teams^2).
/// The order of teams and players means nothing beyond rounding.
void rate_weng_lin(WengLinRule rule, std::span<const WengLinTeam> teams, const WengLinOptions& options,
                   WengLinScratch& scratch);

/// The same with checks. Errors: kInvalid when a condition above does not hold.
Result<void> rate_weng_lin_checked(WengLinRule rule, std::span<const WengLinTeam> teams, const WengLinOptions& options);

/// The probability that the first team does better than the second.
double weng_lin_win(const WengLinTeam& a, const WengLinTeam& b, const WengLinOptions& options);

}  // namespace gamekeeper::play::ratings
