#pragma once

#include <span>

#include "base/result.h"

namespace gamekeeper::play::ratings {

// Glicko-2: a rating, how far it may be off (one standard deviation), and how steady the player is.
// Source: M. Glickman, Example of the Glicko-2 system (2013), http://www.glicko.net/glicko/glicko2.pdf.

struct Glicko2 {
  double rating = 1500;
  double deviation = 350;
  double volatility = 0.06;
};

struct Glicko2Options {
  double tau = 0.5;            // how quickly volatility itself may change: 0.3 to 1.2
  double period_days = 14;     // after so many days without a game the deviation grows by one volatility
  double deviation_max = 350;  // that of a newcomer; nobody is known less than that
};

struct Glicko2Game {
  double rating = 1500, deviation = 350;  // the opponent's, before the period
  double score = 0.5;                     // 1 won, 0.5 drawn, 0 lost
  double weight = 1;  // of how many games it tells as much: below 1 for games that depend on each other
  double advantage = 0;  // points that playing at home (white, …) is worth; negative away
};

/// The player after one rating period with these games; without games the deviation grows. Order within the period
/// means nothing beyond rounding.
/// Errors: kInvalid when a number is not finite, a deviation or volatility is not above 0, tau is not above 0, or a
/// score is outside [0, 1].
Result<Glicko2> rate_glicko2_period(const Glicko2& player, std::span<const Glicko2Game> games,
                                    const Glicko2Options& options = {});

/// The same without checks and without allocation, for callers whose numbers are known to be sane. `idle_periods` is
/// the time since the last game in periods, a fraction allowed: the deviation grows by it first, then the games count
/// (a period of games in Glickman's sense is idle_periods = 1).
Glicko2 rate_glicko2(const Glicko2& player, std::span<const Glicko2Game> games, double idle_periods,
                     const Glicko2Options& options);

/// The deviation after so much idle time.
double idle_deviation(const Glicko2& player, double idle_periods, const Glicko2Options& options);

/// ln(p / (1 - p)) for "a beats b", shrunk for the uncertainty of both.
double glicko2_logit(const Glicko2& a, const Glicko2& b, double advantage = 0);

}  // namespace gamekeeper::play::ratings
