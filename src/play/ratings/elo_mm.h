#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gamekeeper::play::ratings {

// Elo-MM: ratings of large free-for-alls by the most likely performance of everyone in the match.
// Source: A. Ebtekar, P. Liu, Elo-MMR: A Rating System for Massive Multiplayer Competitions (WWW 2021), the variant
// that keeps one Gaussian a player.

struct EloMmOptions {
  double deviation = 350;  // of a newcomer; nobody is known less
  double beta = 200;       // how much a performance varies from match to match
  double drift = 35;       // added (in squares) to the deviation before a match
};

/// One entrant of a match: a player, or a team by the mean of its players.
struct EloMmEntrant {
  double mean = 1500;
  double variance = 350.0 * 350.0;  // drift included
  uint32_t rank = 1;
};

/// Finds each entrant's performance: the rating at which the result as a whole is most likely. All who share a rank
/// share it. O(entrants) a distinct rank and Newton step. Allocates only when a match is larger than any before.
class EloMmPerformances {
 public:
  explicit EloMmPerformances(double beta) : beta2_(beta * beta) {}

  /// One performance an entrant, in their order; valid until the next call.
  std::span<const double> find(std::span<const EloMmEntrant> entrants);

 private:
  double solve(std::span<const EloMmEntrant> entrants, uint32_t rank) const;

  double beta2_;
  std::vector<double> scale_, performance_;
  std::vector<uint32_t> order_;
};

}  // namespace gamekeeper::play::ratings
