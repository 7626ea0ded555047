#include "play/results/predictor.h"

#include <algorithm>
#include <cmath>

namespace gamekeeper::play {
namespace {

ratings::Model fresh_model() {
  auto model = ratings::Model::make("core");
  GK_CHECK(model.has_value(), "the core is a model");
  model->grow(1, 0);
  return std::move(*model);
}

}  // namespace

Predictor::Predictor() : model_(fresh_model()) {}

ratings::PlayerIndex Predictor::number_of(std::string_view player, bool make) {
  if (auto found = players_.find(std::string(player)); found != players_.end()) return found->second;
  if (!make) return 0;
  const auto number = static_cast<ratings::PlayerIndex>(players_.size() + 1);
  players_.emplace(player, number);
  return number;
}

ratings::LabelIndex Predictor::label_of(std::string_view side, bool make) {
  if (side.empty()) return ratings::kNoLabel;
  if (auto found = labels_.find(std::string(side)); found != labels_.end()) return found->second;
  if (!make) return ratings::kNoLabel;
  const auto number = static_cast<ratings::LabelIndex>(labels_.size());
  labels_.emplace(side, number);
  return number;
}

const ratings::Match& Predictor::see(const std::vector<MatchTeam>& teams, UnixMillis at, bool make) {
  view_.members.clear();
  view_.teams.clear();
  for (const MatchTeam& team : teams) {
    const ratings::LabelIndex label = label_of(team.side, make);
    for (const MatchPlayer& p : team.players)
      view_.members.push_back({number_of(p.id, make), label, p.score.value_or(NAN)});
  }
  if (make) model_.grow(players_.size() + 1, labels_.size());
  size_t first = 0;
  for (const MatchTeam& team : teams) {
    const std::span<const ratings::Member> members(view_.members.data() + first, team.players.size());
    first += team.players.size();
    double score = 0;
    for (const ratings::Member& member : members) score += member.score;  // NaN when one of them is not known
    view_.teams.push_back({members, team.rank, team.score.value_or(score)});
  }
  // Results may come out of their order in time; a model's time never falls.
  const double day = std::max(last_day_, static_cast<double>(at) / 86'400'000.0);
  if (make) last_day_ = day;
  view_.match = {day, view_.teams};
  strengths_.resize(teams.size());
  return view_.match;
}

std::vector<double> Predictor::predict(const std::vector<MatchTeam>& teams, UnixMillis at) {
  std::lock_guard lock(mutex_);
  model_.predict(see(teams, at, false), strengths_);
  // Chances that agree with sigmoid(a - b) for every pair.
  const double top = *std::ranges::max_element(strengths_);
  std::vector<double> out;
  double sum = 0;
  for (double strength : strengths_) sum += out.emplace_back(std::exp(strength - top));
  for (double& chance : out) chance /= sum;
  return out;
}

void Predictor::learn(const Match& match) {
  std::lock_guard lock(mutex_);
  learned_ = match.applied;
  if (match.status == MatchStatus::kApplied && !match.reset_keep)
    model_.learn(see(match.result.teams, match.time, true), strengths_);
}

uint64_t Predictor::learned() const {
  std::lock_guard lock(mutex_);
  return learned_;
}

void Predictor::forget() {
  std::lock_guard lock(mutex_);
  model_ = fresh_model();
  players_.clear();
  labels_.clear();
  last_day_ = -1e9;
  learned_ = 0;
}

}  // namespace gamekeeper::play
