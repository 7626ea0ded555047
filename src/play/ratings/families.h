#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "play/ratings/elo_mm.h"
#include "play/ratings/glicko2.h"
#include "play/ratings/match.h"
#include "play/ratings/weng_lin.h"

namespace gamekeeper::play::ratings {

// Classic rating systems over tables of players. They share one shape, which calibrated.h completes to a model:
//   grow(players)              makes room; the only call that allocates, but for matches larger than any before
//   logit(match)               of two sides: ln(p / (1 - p)) of a win of the first, before calibration
//   strengths(match, out)      of more: each team's strength, in about logits
//   learn(match, advantage)    moves the ratings; `advantage`: logits that the first of two sides has beyond its players
//   standing(player)           what is known of the player, as people see it: newcomers stand at 1500
//   put(player, standing)      the same back, for players that are kept elsewhere between matches

/// What a system knows of a player. One that has no use for a number leaves it as it is in a newcomer.
struct Standing {
  double mean = 1500, deviation = 350, volatility = 0.06;
  double games = 0;
  double last_day = NAN;  // of the last match; NaN: there was none
};

struct EloOptions {
  bool decaying = false;  // K falls with a player's games, see decaying_k()
  double k = 32;  // else: the largest possible move in points
};

/// Elo with a fixed or a decaying K. A team plays with its mean, and each member moves by the team's result; among more
/// than two teams the mean over all pairs counts. Elo knows no uncertainty: the deviation shown is 0.
class EloFamily {
 public:
  explicit EloFamily(const EloOptions& options) : options_(options) {}
  void grow(size_t players);
  double logit(const Match& match) const;
  void strengths(const Match& match, std::span<double> out) const;
  void learn(const Match& match, double advantage);
  Standing standing(PlayerIndex player) const { return {players_[player].rating, 0}; }
  void put(PlayerIndex player, const Standing& s) { players_[player] = {s.mean, s.games}; }

 private:
  struct Player {
    double rating = 1500, games = 0;
  };
  double mean(const Team& team) const;

  EloOptions options_;
  std::vector<Player> players_;
  std::vector<double> means_;
};

/// Glicko-2, updated after every match, deviations growing with time. A team is one opponent: its mean, and the root
/// mean square of its deviations. Among more than two teams every other team is a game,
/// which counts the less the more there are.
class Glicko2Family {
 public:
  explicit Glicko2Family(const Glicko2Options& options) : options_(options) {}
  void grow(size_t players);
  double logit(const Match& match) const;
  void strengths(const Match& match, std::span<double> out) const;
  void learn(const Match& match, double advantage);
  Standing standing(PlayerIndex player) const;
  void put(PlayerIndex player, const Standing& s) {
    players_[player] = {{s.mean, s.deviation, s.volatility}, s.last_day};
  }

 private:
  struct Player {
    Glicko2 now;
    double last_day = NAN;
  };
  double idle_periods(const Player& player, double day) const;
  Glicko2 composite(const Team& team, double day) const;

  Glicko2Options options_;
  std::vector<Player> players_;
  std::vector<Glicko2> teams_;
  std::vector<Glicko2Game> games_;
};

/// Points to show a unit of Weng and Lin's scale as: a newcomer's 25 +- 25/3 are 1500 +- 350.
inline constexpr double kPointsAUnit = 350.0 / (25.0 / 3);

/// Plackett-Luce and Thurstone-Mosteller after Weng and Lin, on their scale.
class WengLinFamily {
 public:
  WengLinFamily(WengLinRule rule, const WengLinOptions& options) : rule_(rule), options_(options) {}
  void grow(size_t players) { players_.resize(std::max(players, players_.size())); }
  double logit(const Match& match) const;
  void strengths(const Match& match, std::span<double> out) const;
  void learn(const Match& match, double advantage);
  Standing standing(PlayerIndex player) const;
  void put(PlayerIndex player, const Standing& s);

 private:
  WengLinRule rule_;
  WengLinOptions options_;
  std::vector<Gaussian> players_, members_;
  std::vector<WengLinTeam> teams_;
  WengLinScratch scratch_;
};

/// Elo-MM. A team is one entrant, by the means of its members' ratings and variances.
class EloMmFamily {
 public:
  explicit EloMmFamily(const EloMmOptions& options) : options_(options), performances_(options.beta) {}
  void grow(size_t players);
  double logit(const Match& match) const;
  void strengths(const Match& match, std::span<double> out) const;
  void learn(const Match& match, double advantage);
  Standing standing(PlayerIndex player) const { return {players_[player].mean, std::sqrt(players_[player].variance)}; }
  void put(PlayerIndex player, const Standing& s) {
    players_[player] = {s.mean, s.deviation * s.deviation, s.games > 0};
  }

 private:
  struct Player {
    double mean = 1500, variance = 0;
    bool played = false;
  };
  double variance_now(const Player& player) const;
  EloMmEntrant entrant(const Team& team) const;

  EloMmOptions options_;
  EloMmPerformances performances_;
  std::vector<Player> players_;
  std::vector<EloMmEntrant> entrants_;
};

}  // namespace gamekeeper::play::ratings
