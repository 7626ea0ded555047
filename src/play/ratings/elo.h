#pragma once

#include "base/result.h"

namespace gamekeeper::play::ratings {

// Elo's system: a rating a player, moved by the difference between result and expectation.
// Source: A. Elo, The Rating of Chessplayers, Past and Present (1978). Points: 400 are odds of ten to one.

struct EloPair {
  double a = 0, b = 0;
};

/// The score that A should expect against B: 0 to 1.
double elo_expectation(double rating_a, double rating_b);

/// Moves two ratings by the outcome of one game. `score_a` is 1 for a win of A, 0.5 for a draw, 0 for a loss; `k` is the
/// largest possible move. Points are conserved: A gains what B loses.
/// Errors: kInvalid when `score_a` is outside [0, 1], `k` <= 0, or an input is not finite.
Result<EloPair> update_elo(double rating_a, double rating_b, double score_a, double k = 32);

/// What a player's whole-number rating changes by after one game, K = 32, rounded half away from zero, so that the
/// opponent's change is the negative. Errors as update_elo.
Result<int> calculate_rating_change(int player_rating, int opponent_rating, double outcome);

/// K for a player with this many games behind them: 250 / (games + 5)^0.4, from 131 at the first game to 39 at the
/// hundredth. Newcomers find their place quickly, and those who are known move little.
double decaying_k(double games);

}  // namespace gamekeeper::play::ratings
