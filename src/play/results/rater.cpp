#include "play/results/rater.h"

#include <algorithm>
#include <cmath>

namespace gamekeeper::play {
namespace {

constexpr double kMillisADay = 86'400'000;
constexpr ratings::Glicko2Options kGlicko;
constexpr ratings::EloMmOptions kEloMm;
/// Weng and Lin's 25 +- 25/3 on the scale of 1500 +- 350: their rules know no unit.
constexpr double kPointsAUnit = 350.0 / (25.0 / 3);
constexpr ratings::WengLinOptions kWengLin{.beta = 25.0 / 6 * kPointsAUnit, .drift = 25.0 / 300 * kPointsAUnit};

double idle_periods(const PlayerRating& rating, UnixMillis at) {
  if (rating.games() == 0) return 0;
  return std::max(0.0, static_cast<double>(at - rating.last_match) / kMillisADay) / kGlicko.period_days;
}

ratings::Glicko2 glicko_of(const PlayerRating& r) { return {r.mean, r.deviation, r.volatility}; }

void note_result(PlayerRating& r, MatchPlayer& seat, const Match& match, Outcome outcome) {
  (outcome == Outcome::kWin ? r.wins : outcome == Outcome::kDraw ? r.draws : r.losses) += 1;
  seat.after = r.shown();
  seat.deviation = r.deviation;
  if (seat.after != seat.before || r.games() == 1) r.reached = match.settled_at;
  r.last_match = match.time;
  r.last_settled = match.settled_at;
  if (r.steps.size() == PlayerRating::kStepsKept) r.steps.pop_back();
  r.steps.insert(r.steps.begin(), {match.time, seat.after, seat.after - seat.before});
}

}  // namespace

Outcome outcome_of(const std::vector<MatchTeam>& teams, size_t team) {
  size_t better = 0, level = 0;
  for (const MatchTeam& other : teams) {
    better += other.rank < teams[team].rank;
    level += other.rank == teams[team].rank;  // itself, too
  }
  if (better != 0) return Outcome::kLoss;
  return level == 1 ? Outcome::kWin : Outcome::kDraw;
}

void Rater::rate_duel(const Match& match, std::span<PlayerRating* const> players) {
  const Outcome first = outcome_of(match.result.teams, 0);
  const double score = first == Outcome::kWin ? 1 : first == Outcome::kDraw ? 0.5 : 0;
  ratings::Glicko2 after[2];
  for (size_t i = 0; i < 2; ++i) {
    const PlayerRating &own = *players[i], &other = *players[1 - i];
    const ratings::Glicko2Game game{
        .rating = other.mean,
        .deviation = ratings::idle_deviation(glicko_of(other), idle_periods(other, match.time), kGlicko),
        .score = i == 0 ? score : 1 - score};
    after[i] = ratings::rate_glicko2(glicko_of(own), {&game, 1}, idle_periods(own, match.time), kGlicko);
  }
  for (size_t i = 0; i < 2; ++i) {
    players[i]->mean = after[i].rating;
    players[i]->deviation = after[i].deviation;
    players[i]->volatility = after[i].volatility;
  }
}

void Rater::rate_teams(const Match& match, std::span<PlayerRating* const> players) {
  gaussians_.clear();
  teams_.clear();
  for (const PlayerRating* p : players) gaussians_.push_back({p->mean, p->deviation});
  size_t first = 0;
  for (const MatchTeam& team : match.result.teams) {
    teams_.push_back({{gaussians_.data() + first, team.players.size()}, team.rank, 0});
    first += team.players.size();
  }
  ratings::rate_weng_lin(ratings::WengLinRule::kPlackettLuce, teams_, kWengLin, scratch_);
  for (size_t i = 0; i < players.size(); ++i) {
    players[i]->mean = gaussians_[i].mean;
    players[i]->deviation = gaussians_[i].deviation;
  }
}

void Rater::rate_field(const Match& match, std::span<PlayerRating* const> players) {
  entrants_.clear();
  for (size_t i = 0; i < players.size(); ++i) {
    double variance = players[i]->deviation * players[i]->deviation;
    if (players[i]->games() != 0)
      variance = std::min(kEloMm.deviation * kEloMm.deviation, variance + kEloMm.drift * kEloMm.drift);
    entrants_.push_back({players[i]->mean, variance, match.result.teams[i].rank});
  }
  const std::span<const double> performance = performances_.find(entrants_);
  constexpr double kBeta2 = kEloMm.beta * kEloMm.beta;
  for (size_t i = 0; i < players.size(); ++i) {
    const double variance = entrants_[i].variance;
    players[i]->mean += (performance[i] - players[i]->mean) * variance / (variance + kBeta2);
    players[i]->deviation = std::sqrt(variance * kBeta2 / (variance + kBeta2));
  }
}

void Rater::reset(PlayerRating& r, double keep, UnixMillis settled_at) {
  const PlayerRating newcomer;
  const int64_t before = r.shown();
  r.mean = newcomer.mean + keep * (r.mean - newcomer.mean);
  r.deviation = std::sqrt(keep * r.deviation * r.deviation + (1 - keep) * newcomer.deviation * newcomer.deviation);
  if (r.shown() != before) r.reached = settled_at;
}

void Rater::apply(Match& match, std::span<PlayerRating* const> players) {
  std::vector<MatchTeam>& teams = match.result.teams;
  size_t next = 0;
  for (MatchTeam& team : teams) {
    for (MatchPlayer& seat : team.players) seat.before = players[next++]->shown();
  }
  const bool everyone_alone = players.size() == teams.size();
  if (!everyone_alone)
    rate_teams(match, players);
  else if (teams.size() == 2)
    rate_duel(match, players);
  else
    rate_field(match, players);
  next = 0;
  for (size_t i = 0; i < teams.size(); ++i) {
    const Outcome outcome = outcome_of(teams, i);
    for (MatchPlayer& seat : teams[i].players) note_result(*players[next++], seat, match, outcome);
  }
}

}  // namespace gamekeeper::play
