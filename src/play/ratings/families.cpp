#include "play/ratings/families.h"

#include <algorithm>
#include <numbers>

#include "play/ratings/elo.h"
#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {
namespace {

constexpr double kLogitsAPoint = std::numbers::ln10 / 400;
constexpr double kProbitToLogit = 1.702;  // the logistic curve nearest to the normal one

double outcome_against(const Team& team, const Team& other) {
  return team.rank < other.rank ? 1.0 : team.rank > other.rank ? 0.0 : 0.5;
}

double size_of(const Team& team) { return static_cast<double>(team.members.size()); }

}  // namespace

// Elo

void EloFamily::grow(size_t players) { players_.resize(std::max(players, players_.size())); }

double EloFamily::mean(const Team& team) const {
  double sum = 0;
  for (const Member& member : team.members) sum += players_[member.player].rating;
  return sum / size_of(team);
}

double EloFamily::logit(const Match& match) const {
  return kLogitsAPoint * (mean(match.teams[0]) - mean(match.teams[1]));
}

void EloFamily::strengths(const Match& match, std::span<double> out) const {
  for (size_t i = 0; i < match.teams.size(); ++i) out[i] = kLogitsAPoint * (mean(match.teams[i]) - 1500);
}

void EloFamily::learn(const Match& match, double advantage) {
  const size_t n = match.teams.size();
  means_.resize(std::max(n, means_.size()));
  strengths(match, means_);
  if (n == 2) means_[0] += advantage;
  for (size_t i = 0; i < n; ++i) {
    double surprise = 0;
    for (size_t j = 0; j < n; ++j) {
      if (j != i) surprise += outcome_against(match.teams[i], match.teams[j]) - sigmoid(means_[i] - means_[j]);
    }
    surprise /= static_cast<double>(n - 1);
    for (const Member& member : match.teams[i].members) {
      Player& player = players_[member.player];
      player.rating += (options_.decaying ? decaying_k(player.games) : options_.k) * surprise;
      player.games += 1;
    }
  }
}

// Glicko-2

void Glicko2Family::grow(size_t players) { players_.resize(std::max(players, players_.size())); }

double Glicko2Family::idle_periods(const Player& player, double day) const {
  return std::isnan(player.last_day) ? 0.0 : std::max(0.0, day - player.last_day) / options_.period_days;
}

Glicko2 Glicko2Family::composite(const Team& team, double day) const {
  double rating = 0, square = 0;
  for (const Member& member : team.members) {
    const Player& player = players_[member.player];
    const double deviation = idle_deviation(player.now, idle_periods(player, day), options_);
    rating += player.now.rating;
    square += deviation * deviation;
  }
  return {rating / size_of(team), std::sqrt(square / size_of(team)), 0};
}

double Glicko2Family::logit(const Match& match) const {
  return glicko2_logit(composite(match.teams[0], match.day), composite(match.teams[1], match.day));
}

void Glicko2Family::strengths(const Match& match, std::span<double> out) const {
  for (size_t i = 0; i < match.teams.size(); ++i)
    out[i] = kLogitsAPoint * (composite(match.teams[i], match.day).rating - 1500);
}

void Glicko2Family::learn(const Match& match, double advantage) {
  const size_t n = match.teams.size();
  teams_.resize(std::max(n, teams_.size()));
  games_.resize(std::max(n, games_.size()));
  for (size_t i = 0; i < n; ++i) teams_[i] = composite(match.teams[i], match.day);
  for (size_t i = 0; i < n; ++i) {
    // Games of one match depend on each other: many tell less than as many duels.
    const double weight = std::sqrt(2.0 / static_cast<double>(n));
    const double points = n == 2 ? advantage / kLogitsAPoint * (i == 0 ? 1 : -1) : 0;
    for (const Member& member : match.teams[i].members) {
      Player& player = players_[member.player];
      size_t games = 0;
      for (size_t j = 0; j < n; ++j) {
        if (j == i) continue;
        // The opponent stands as far from the player as the teams stand from each other.
        const double opponent = player.now.rating - (teams_[i].rating - teams_[j].rating);
        games_[games++] = {opponent, teams_[j].deviation, outcome_against(match.teams[i], match.teams[j]), weight,
                           points};
      }
      player.now = rate_glicko2(player.now, {games_.data(), games}, idle_periods(player, match.day), options_);
      player.last_day = match.day;
    }
  }
}

Standing Glicko2Family::standing(PlayerIndex player) const {
  const auto& [now, last_day] = players_[player];
  return {.mean = now.rating, .deviation = now.deviation, .volatility = now.volatility, .last_day = last_day};
}

// Weng and Lin

double WengLinFamily::logit(const Match& match) const {
  double gap = 0, spread = 0;
  for (size_t side = 0; side < 2; ++side) {
    for (const Member& member : match.teams[side].members) {
      const Gaussian& player = players_[member.player];
      gap += side == 0 ? player.mean : -player.mean;
      spread += player.deviation * player.deviation + options_.beta * options_.beta;
    }
  }
  return kProbitToLogit * gap / std::sqrt(spread);
}

void WengLinFamily::strengths(const Match& match, std::span<double> out) const {
  for (size_t i = 0; i < match.teams.size(); ++i) {
    double sum = 0;
    for (const Member& member : match.teams[i].members) sum += players_[member.player].mean;
    out[i] = kProbitToLogit * sum / (options_.beta * std::sqrt(2 * size_of(match.teams[i])));
  }
}

void WengLinFamily::learn(const Match& match, double advantage) {
  size_t count = 0;
  for (const Team& team : match.teams) count += team.members.size();
  if (members_.size() < count) members_.resize(count);
  if (teams_.size() < match.teams.size()) teams_.resize(match.teams.size());
  size_t next = 0;
  double spread = 0;
  for (size_t i = 0; i < match.teams.size(); ++i) {
    const size_t first = next;
    for (const Member& member : match.teams[i].members) {
      const Gaussian& player = members_[next++] = players_[member.player];
      spread += player.deviation * player.deviation + options_.beta * options_.beta;
    }
    teams_[i] = {{members_.data() + first, next - first}, match.teams[i].rank, 0};
  }
  if (match.teams.size() == 2) teams_[0].advantage = advantage / kProbitToLogit * std::sqrt(spread);
  rate_weng_lin(rule_, {teams_.data(), match.teams.size()}, options_, scratch_);
  next = 0;
  for (const Team& team : match.teams) {
    for (const Member& member : team.members) players_[member.player] = members_[next++];
  }
}

Standing WengLinFamily::standing(PlayerIndex player) const {
  return {1500 + kPointsAUnit * (players_[player].mean - 25), kPointsAUnit * players_[player].deviation};
}

void WengLinFamily::put(PlayerIndex player, const Standing& s) {
  players_[player] = {25 + (s.mean - 1500) / kPointsAUnit, s.deviation / kPointsAUnit};
}

// Elo-MM

void EloMmFamily::grow(size_t players) {
  if (players > players_.size()) players_.resize(players, {1500, options_.deviation * options_.deviation, false});
}

double EloMmFamily::variance_now(const Player& player) const {
  if (!player.played) return player.variance;
  return std::min(options_.deviation * options_.deviation, player.variance + options_.drift * options_.drift);
}

EloMmEntrant EloMmFamily::entrant(const Team& team) const {
  EloMmEntrant sum{0, 0, team.rank};
  for (const Member& member : team.members) {
    sum.mean += players_[member.player].mean / size_of(team);
    sum.variance += variance_now(players_[member.player]) / size_of(team);
  }
  return sum;
}

double EloMmFamily::logit(const Match& match) const {
  const EloMmEntrant a = entrant(match.teams[0]), b = entrant(match.teams[1]);
  return kProbitToLogit * (a.mean - b.mean) / std::sqrt(a.variance + b.variance + 2 * options_.beta * options_.beta);
}

void EloMmFamily::strengths(const Match& match, std::span<double> out) const {
  const double unit = kProbitToLogit / (std::numbers::sqrt2 * options_.beta);
  for (size_t i = 0; i < match.teams.size(); ++i) out[i] = unit * (entrant(match.teams[i]).mean - 1500);
}

void EloMmFamily::learn(const Match& match, double advantage) {
  const size_t n = match.teams.size();
  if (entrants_.size() < n) entrants_.resize(n);
  for (size_t i = 0; i < n; ++i) entrants_[i] = entrant(match.teams[i]);
  const double beta2 = options_.beta * options_.beta;
  const double points =
      n == 2 ? advantage / kProbitToLogit * std::sqrt(entrants_[0].variance + entrants_[1].variance + 2 * beta2) : 0;
  entrants_[0].mean += points;
  const std::span<const double> performance = performances_.find({entrants_.data(), n});
  for (size_t i = 0; i < n; ++i) {
    for (const Member& member : match.teams[i].members) {
      Player& player = players_[member.player];
      const double variance = variance_now(player);
      player.mean += (performance[i] - entrants_[i].mean) * variance / (variance + beta2);
      player.variance = variance * beta2 / (variance + beta2);
      player.played = true;
    }
  }
}

}  // namespace gamekeeper::play::ratings
