#include "play/ratings/glicko2.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gamekeeper::play::ratings {
namespace {

constexpr double kPoints = 173.7178;  // points of one unit of the internal scale, as the paper rounds 400 / ln 10
constexpr double kPiSquared = std::numbers::pi * std::numbers::pi;

double damping(double phi) { return 1.0 / std::sqrt(1.0 + 3.0 * phi * phi / kPiSquared); }

/// The volatility that explains how far the results are from what was expected: the root of f in the paper's step 5,
/// found by the Illinois variant of false position, in the logarithm of its square.
double new_volatility(double sigma, double phi, double variance, double delta, double tau) {
  const double a = std::log(sigma * sigma);
  const double delta2 = delta * delta, phi2 = phi * phi, tau2 = tau * tau;
  auto f = [&](double x) {
    const double ex = std::exp(x);
    const double sum = phi2 + variance + ex;
    return ex * (delta2 - sum) / (2.0 * sum * sum) - (x - a) / tau2;
  };
  double low = a, high;
  if (delta2 > phi2 + variance) {
    high = std::log(delta2 - phi2 - variance);
  } else {
    int k = 1;
    while (f(a - k * tau) < 0 && k < 200) ++k;
    high = a - k * tau;
  }
  double f_low = f(low), f_high = f(high);
  for (int i = 0; i < 100 && std::abs(high - low) > 1e-6; ++i) {
    const double middle = low + (low - high) * f_low / (f_high - f_low);
    const double f_middle = f(middle);
    if (f_middle * f_high <= 0)
      low = high, f_low = f_high;
    else
      f_low /= 2;
    high = middle, f_high = f_middle;
  }
  return std::exp(low / 2);
}

bool positive(double x) { return x > 0 && std::isfinite(x); }

}  // namespace

double idle_deviation(const Glicko2& player, double idle_periods, const Glicko2Options& options) {
  const double grown = player.volatility * kPoints;
  return std::min(std::max(options.deviation_max, player.deviation),
                  std::sqrt(player.deviation * player.deviation + grown * grown * idle_periods));
}

double glicko2_logit(const Glicko2& a, const Glicko2& b, double advantage) {
  const double phi = std::hypot(a.deviation, b.deviation) / kPoints;
  return damping(phi) * (a.rating - b.rating + advantage) / kPoints;
}

Glicko2 rate_glicko2(const Glicko2& player, std::span<const Glicko2Game> games, double idle_periods,
                     const Glicko2Options& options) {
  if (games.empty()) return {player.rating, idle_deviation(player, idle_periods, options), player.volatility};
  const double phi = player.deviation / kPoints;
  double information = 0, surprise = 0;
  for (const Glicko2Game& game : games) {
    const double g = damping(game.deviation / kPoints);
    const double expected = 1.0 / (1.0 + std::exp(-g * (player.rating + game.advantage - game.rating) / kPoints));
    information += game.weight * g * g * std::max(expected * (1 - expected), 1e-12);
    surprise += game.weight * g * (game.score - expected);
  }
  const double variance = 1.0 / information;
  const double sigma = new_volatility(player.volatility, phi, variance, variance * surprise, options.tau);
  const double most = std::max(options.deviation_max, player.deviation) / kPoints;
  const double before2 = std::min(most * most, phi * phi + sigma * sigma * idle_periods);
  const double after2 = 1.0 / (1.0 / before2 + information);
  return {player.rating + kPoints * after2 * surprise, kPoints * std::sqrt(after2), sigma};
}

Result<Glicko2> rate_glicko2_period(const Glicko2& player, std::span<const Glicko2Game> games,
                                    const Glicko2Options& options) {
  auto bad = [](const char* message, const char* field) {
    return fail(ErrorKind::kInvalid, "bad_rating", message, field);
  };
  if (!std::isfinite(player.rating)) return bad("A rating must be a finite number.", "rating");
  if (!positive(player.deviation)) return bad("A deviation must be above 0.", "deviation");
  if (!positive(player.volatility)) return bad("A volatility must be above 0.", "volatility");
  if (!positive(options.tau)) return bad("Tau must be above 0.", "tau");
  for (const Glicko2Game& game : games) {
    if (!std::isfinite(game.rating) || !std::isfinite(game.advantage))
      return bad("A rating must be a finite number.", "rating");
    if (!positive(game.deviation)) return bad("A deviation must be above 0.", "deviation");
    if (!positive(game.weight)) return bad("A weight must be above 0.", "weight");
    if (!(game.score >= 0 && game.score <= 1)) return bad("An outcome lies between 0 (loss) and 1 (win).", "score");
  }
  return rate_glicko2(player, games, 1.0, options);
}

}  // namespace gamekeeper::play::ratings
