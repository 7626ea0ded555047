#include "play/ratings/weng_lin.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gamekeeper::play::ratings {
namespace {

using TeamSum = WengLinScratch::TeamSum;

double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); }
double cumulative(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

/// Mean and variance corrections of a Gaussian that is cut off below `t - margin` = -x: a win was seen.
struct Correction {
  double v, w;
};

Correction of_win(double x) {
  const double below = cumulative(x);
  // Far in the tail density / cumulative tends to -x; the quotient itself would be 0 / 0.
  const double v = below > 1e-280 ? density(x) / below : -x;
  return {v, std::clamp(v * (v + x), 0.0, 1.0)};
}

/// The same for a Gaussian cut off on both sides: a draw was seen. Even in the direction of t.
Correction of_draw(double t, double margin) {
  const double at = std::abs(t), high = margin - at, low = -margin - at;
  const double between = cumulative(high) - cumulative(low);
  if (between < 1e-280) return {t < 0 ? -high : high, 1.0};
  const double v = (density(low) - density(high)) / between;
  const double w = (high * density(high) - low * density(low)) / between + v * v;
  return {t < 0 ? -v : v, std::clamp(w, 0.0, 1.0)};
}

void sum_up(std::span<const WengLinTeam> teams, const WengLinOptions& options, std::span<TeamSum> sums) {
  const double beta2 = options.beta * options.beta;
  for (size_t i = 0; i < teams.size(); ++i) {
    TeamSum sum{.mean = teams[i].advantage, .beta2 = beta2};
    if (options.beta_per_player) sum.beta2 *= static_cast<double>(teams[i].players.size());
    for (const Gaussian& player : teams[i].players) {
      sum.mean += player.mean;
      sum.variance += player.deviation * player.deviation + options.drift * options.drift;
    }
    sums[i] = sum;
  }
}

/// Algorithm 4. The best is drawn from all, the next from the rest, and so on, each with a chance in proportion to
/// exp(mean / c).
void plackett_luce(std::span<const WengLinTeam> teams, std::span<TeamSum> sums) {
  double c2 = 0, top = sums[0].mean;
  for (const TeamSum& sum : sums) c2 += sum.variance + sum.beta2, top = std::max(top, sum.mean);
  const double c = std::sqrt(c2);
  for (size_t i = 0; i < sums.size(); ++i) {
    sums[i].weight = std::exp((sums[i].mean - top) / c);
    sums[i].tied = 0;
    for (const WengLinTeam& other : teams) sums[i].tied += other.rank == teams[i].rank;
  }
  for (size_t q = 0; q < sums.size(); ++q) {  // the draw in which q (and those tied with it) was taken
    double left = 0;
    for (size_t s = 0; s < sums.size(); ++s) left += teams[s].rank >= teams[q].rank ? sums[s].weight : 0.0;
    const double share = 1.0 / sums[q].tied;
    for (size_t i = 0; i < sums.size(); ++i) {
      if (teams[i].rank < teams[q].rank) continue;
      const double p = left > 0 ? sums[i].weight / left : 0;
      sums[i].omega += ((i == q) - p) * share;
      sums[i].delta += p * (1 - p) * share;
    }
  }
  for (TeamSum& sum : sums) {
    const double gamma = std::sqrt(sum.variance) / c;
    sum.omega *= sum.variance / c;
    sum.delta *= gamma * sum.variance / c2;
  }
}

/// Algorithm 3: every pair is a game of its own.
void thurstone_mosteller(std::span<const WengLinTeam> teams, const WengLinOptions& options, std::span<TeamSum> sums) {
  const double share = options.dependent_pairs ? 2.0 / static_cast<double>(teams.size()) : 1.0;
  for (size_t i = 0; i < sums.size(); ++i) {
    for (size_t q = i + 1; q < sums.size(); ++q) {
      const double c2 = sums[i].variance + sums[i].beta2 + sums[q].variance + sums[q].beta2;
      const double c = std::sqrt(c2), t = (sums[i].mean - sums[q].mean) / c, margin = options.draw_margin / c;
      const bool first_won = teams[i].rank < teams[q].rank, tied = teams[i].rank == teams[q].rank;
      const Correction seen = tied ? of_draw(t, margin) : of_win((first_won ? t : -t) - margin);
      const double pull = share * (first_won || tied ? seen.v : -seen.v), shrink = share * seen.w;
      sums[i].omega += pull * sums[i].variance / c;
      sums[q].omega -= pull * sums[q].variance / c;
      sums[i].delta += shrink * std::sqrt(sums[i].variance) / c * sums[i].variance / c2;
      sums[q].delta += shrink * std::sqrt(sums[q].variance) / c * sums[q].variance / c2;
    }
  }
}

}  // namespace

void rate_weng_lin(WengLinRule rule, std::span<const WengLinTeam> teams, const WengLinOptions& options,
                   WengLinScratch& scratch) {
  const std::span<TeamSum> sums = scratch.take(teams.size());
  sum_up(teams, options, sums);
  if (rule == WengLinRule::kPlackettLuce)
    plackett_luce(teams, sums);
  else
    thurstone_mosteller(teams, options, sums);
  for (size_t i = 0; i < teams.size(); ++i) {
    for (Gaussian& player : teams[i].players) {
      const double variance = player.deviation * player.deviation + options.drift * options.drift;
      const double share = variance / sums[i].variance;
      player.mean += share * sums[i].omega;
      player.deviation = std::sqrt(variance * std::max(1 - share * sums[i].delta, options.kappa));
    }
  }
}

Result<void> rate_weng_lin_checked(WengLinRule rule, std::span<const WengLinTeam> teams,
                                   const WengLinOptions& options) {
  auto bad = [](const char* message, const char* field) {
    return fail(ErrorKind::kInvalid, "bad_match", message, field);
  };
  if (teams.size() < 2) return bad("A match has at least two teams.", "teams");
  if (!(options.beta > 0) || !(options.kappa > 0) || !(options.drift >= 0))
    return bad("Beta and kappa must be above 0, drift not below.", "options");
  for (const WengLinTeam& team : teams) {
    if (team.players.empty()) return bad("A team has at least one player.", "players");
    if (!std::isfinite(team.advantage)) return bad("An advantage must be a finite number.", "advantage");
    for (const Gaussian& player : team.players) {
      if (!std::isfinite(player.mean)) return bad("A mean must be a finite number.", "mean");
      if (!(player.deviation > 0) || !std::isfinite(player.deviation))
        return bad("A deviation must be above 0.", "deviation");
    }
  }
  WengLinScratch scratch;
  rate_weng_lin(rule, teams, options, scratch);
  return {};
}

double weng_lin_win(const WengLinTeam& a, const WengLinTeam& b, const WengLinOptions& options) {
  const WengLinTeam teams[] = {a, b};
  TeamSum sums[2];
  sum_up(teams, options, sums);
  const double c2 = sums[0].variance + sums[0].beta2 + sums[1].variance + sums[1].beta2;
  return cumulative((sums[0].mean - sums[1].mean) / std::sqrt(c2));
}

}  // namespace gamekeeper::play::ratings
