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
//   shown(player)              the rating as people see it: newcomers stand at 1500

/// A rating to show, and one standard deviation of it.
struct Shown {
  double mean = 1500, deviation = 350;
};

/// Elo with a fixed or a decaying K. A team plays with its mean, and each member moves by the team's result; among more
/// than two teams the mean over all pairs counts. Elo knows no uncertainty: the deviation shown is 0.
class EloFamily {
 public:
  explicit EloFamily(bool decaying) : decaying_(decaying) {}
  void grow(size_t players);
  double logit(const Match& match) const;
  void strengths(const Match& match, std::span<double> out) const;
  void learn(const Match& match, double advantage);
  Shown shown(PlayerIndex player) const { return {players_[player].rating, 0}; }

 private:
  struct Player {
    double rating = 1500, games = 0;
  };
  double mean(const Team& team) const;

  bool decaying_;
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
  Shown shown(PlayerIndex player) const { return {players_[player].now.rating, players_[player].now.deviation}; }

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

/// Plackett-Luce and Thurstone-Mosteller after Weng and Lin.
class WengLinFamily {
 public:
  WengLinFamily(WengLinRule rule, const WengLinOptions& options) : rule_(rule), options_(options) {}
  void grow(size_t players) { players_.resize(std::max(players, players_.size())); }
  double logit(const Match& match) const;
  void strengths(const Match& match, std::span<double> out) const;
  void learn(const Match& match, double advantage);
  Shown shown(PlayerIndex player) const;

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
  Shown shown(PlayerIndex player) const { return {players_[player].mean, std::sqrt(players_[player].variance)}; }

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
