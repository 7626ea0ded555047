#include "play/results/rater.h"

#include <algorithm>
#include <cmath>

namespace gamekeeper::play {
namespace {

constexpr double kMillisADay = 86'400'000;

ratings::ShownSystem system_named(std::string_view name, const RatingRules& rules) {
  auto system = ratings::ShownSystem::make(name, {.k = rules.k_factor, .beta = rules.beta});
  GK_CHECK(system.has_value(), "rules name a system that there is");
  return std::move(*system);
}

ratings::Standing standing_of(const PlayerRating& r) {
  return {.mean = r.mean,
          .deviation = r.deviation,
          .volatility = r.volatility,
          .games = static_cast<double>(r.games()),
          .last_day = r.games() == 0 ? NAN : static_cast<double>(r.last_match) / kMillisADay};
}

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

Rater::Rater(RatingRules rules) : rules_(std::move(rules)) {
  if (rules_.system == RatingRules::kByShape) {
    for (const char* name : {"glicko2", "plackett-luce", "elo-mm"}) systems_.push_back(system_named(name, rules_));
  } else {
    systems_.push_back(system_named(rules_.system, rules_));
  }
}

ratings::ShownSystem& Rater::system_for(const std::vector<MatchTeam>& teams, size_t players) {
  if (systems_.size() == 1) return systems_.front();
  return systems_[players != teams.size() ? 1 : players == 2 ? 0 : 2];
}

void Rater::decay(PlayerRating& r, const Match& match) const {
  const double newcomer = PlayerRating{}.mean;
  if (rules_.decay_after_days == 0 || r.games() == 0 || r.mean <= newcomer) return;
  const auto days = std::floor(static_cast<double>(match.time - r.last_match) / kMillisADay) -
                    static_cast<double>(rules_.decay_after_days);
  if (days <= 0) return;
  const int64_t before = r.shown();
  r.mean = std::max(newcomer, r.mean - days * rules_.decay_points_a_day);
  if (r.shown() != before) r.reached = match.settled_at;
}

void Rater::reset(PlayerRating& r, double keep, UnixMillis settled_at) {
  const PlayerRating newcomer;
  const int64_t before = r.shown();
  r.mean = newcomer.mean + keep * (r.mean - newcomer.mean);
  if (r.deviation > 0)  // Elo knows none
    r.deviation = std::sqrt(keep * r.deviation * r.deviation + (1 - keep) * newcomer.deviation * newcomer.deviation);
  if (r.shown() != before) r.reached = settled_at;
}

void Rater::apply(Match& match, std::span<PlayerRating* const> players) {
  std::vector<MatchTeam>& teams = match.result.teams;
  standings_.clear();
  members_.clear();
  teams_.clear();
  for (PlayerRating* player : players) {
    decay(*player, match);
    members_.push_back({.player = static_cast<ratings::PlayerIndex>(standings_.size())});
    standings_.push_back(standing_of(*player));
  }
  size_t next = 0;
  for (MatchTeam& team : teams) {
    teams_.push_back({.members = {members_.data() + next, team.players.size()}, .rank = team.rank});
    for (MatchPlayer& seat : team.players) seat.before = players[next++]->shown();
  }
  system_for(teams, players.size())
      .rate({.day = static_cast<double>(match.time) / kMillisADay, .teams = teams_}, standings_);
  next = 0;
  for (size_t i = 0; i < teams.size(); ++i) {
    const Outcome outcome = outcome_of(teams, i);
    for (MatchPlayer& seat : teams[i].players) {
      PlayerRating& player = *players[next];
      player.mean = standings_[next].mean;
      player.deviation = standings_[next].deviation;
      player.volatility = standings_[next++].volatility;
      note_result(player, seat, match, outcome);
    }
  }
}

}  // namespace gamekeeper::play
