#include "play/ratings/core.h"

#include <algorithm>
#include <cmath>

#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {
namespace {

/// The difference of two scores on a scale on which a point more is worth the same at any total: scores that are
/// counts vary with the root of their size.
double stabilised(double a, double b) { return (a - b) / std::sqrt(std::max(1.0, std::abs(a) + std::abs(b))); }

}  // namespace

Core::Core(const CoreConfig& config)
    : pair_(config.margin, config.outcome), field_(config.field), stack_mixture_(config.stacks.size()) {
  for (const StackSpec& spec : config.stacks) stacks_.push_back({spec.features, OnlineLogistic(spec.priors)});
}

void Core::grow(size_t players, size_t labels) {
  pair_.grow(players, labels);
  field_.grow(players, labels);
  if (players > records_.size()) records_.resize(players);
}

std::span<const double> Core::Stack::pick(const Features& all, std::array<double, kFeaturesMax>& room) const {
  for (size_t i = 0; i < features.size(); ++i) room[i] = all[static_cast<size_t>(features[i])];
  return {room.data(), features.size()};
}

double Core::side_of(const Match& match) const {
  if (first_label_ == kNoLabel) return 0;
  return static_cast<double>(team_label(match.teams[0]) == first_label_) -
         static_cast<double>(team_label(match.teams[1]) == first_label_);
}

Core::Side Core::side_record(const Team& team) const {
  Side side;
  for (const Member& member : team.members) {
    const Record& record = records_[member.player];
    side.newness += 1.0 / (1.0 + record.games);
    side.form += record.form / (record.scored_games + 3.0);
  }
  const double n = static_cast<double>(team.members.size());
  return {side.newness / n, side.form / n};
}

/// ln(p / (1 - p)) of a win of the first team; keeps what it saw for learn_pair().
double Core::pair_logit(const Match& match) {
  pair_.look(match, view_);
  const Side a = side_record(match.teams[0]), b = side_record(match.teams[1]);
  features_ = {
      view_.margin,
      view_.outcome,
      side_of(match),
      std::log(static_cast<double>(match.teams[0].members.size()) / static_cast<double>(match.teams[1].members.size())),
      a.newness - b.newness,
      a.form - b.form};
  Lane weight;
  stack_mixture_.weights(weight);
  double p = 0;
  for (size_t s = 0; s < stacks_.size(); ++s) {
    std::array<double, kFeaturesMax> room;
    stack_logit_[s] = stacks_[s].weights.logit(stacks_[s].pick(features_, room));
    p += weight[s] * sigmoid(stack_logit_[s]);
  }
  if (stacks_.size() == 1) return stack_logit_[0];
  p = std::clamp(p, 1e-12, 1 - 1e-12);
  return std::log(p / (1 - p));
}

void Core::predict(const Match& match, std::span<double> strengths) {
  if (match.teams.size() == 2) {
    const double logit = pair_logit(match);
    strengths[0] = logit / 2, strengths[1] = -logit / 2;
    return;
  }
  field_.look(match, strengths);
  for (double& strength : strengths) strength *= temperature_.factor();
}

void Core::learn(const Match& match, std::span<double> strengths) {
  if (match.teams.size() == 2) {
    predict(match, strengths);
    learn_pair(match);
    return;
  }
  field_.look(match, strengths);
  const double factor = temperature_.factor();
  temperature_.learn(match.teams, strengths);
  for (double& strength : strengths) strength *= factor;
  field_.learn(match);
}

/// The difference of the scores over its root mean square so far. Where scores and ranks disagree (a forfeit, a
/// shoot-out) it says nothing; where the lower score wins as a rule, it is turned round.
std::optional<double> Core::margin_of(const Match& match, double outcome) {
  const double a = match.teams[0].score, b = match.teams[1].score;
  if (std::isnan(a) || std::isnan(b)) return std::nullopt;
  const double lead = outcome - 0.5;
  double u = stabilised(a, b) * (orientation_ < 0 ? -1.0 : 1.0);
  if (lead != 0 && a != b) orientation_ = std::clamp(orientation_ + ((a > b) == (lead > 0) ? 1.0 : -1.0), -50.0, 50.0);
  if (lead * u <= 0) u = 0;
  if (margin_scale_ == 0) margin_scale_ = u * u;
  const double square = (10 * margin_scale_ + margin_squares_) / (10 + margins_seen_);
  margin_squares_ += u * u;
  margins_seen_ += 1;
  return square > 0 ? u / std::sqrt(square) : 0.0;
}

void Core::learn_pair(const Match& match) {
  const double outcome = outcome_of(match);
  if (first_label_ == kNoLabel) {
    const LabelIndex a = team_label(match.teams[0]), b = team_label(match.teams[1]);
    if (a != b) first_label_ = std::min(a, b);
    features_[static_cast<size_t>(Feature::kSide)] = side_of(match);
  }
  Lane log_density{};
  for (size_t s = 0; s < stacks_.size(); ++s) {
    std::array<double, kFeaturesMax> room;
    log_density[s] = outcome * stack_logit_[s] - softplus(stack_logit_[s]);
    stacks_[s].weights.learn(stacks_[s].pick(features_, room), outcome);
  }
  stack_mixture_.learn(log_density, 2);
  pair_.learn(match, view_, outcome, margin_of(match, outcome));
  learn_records(match);
}

void Core::learn_records(const Match& match) {
  double sum = 0, magnitude = 0, members = 0;
  for (const Team& team : match.teams) {
    for (const Member& member : team.members) sum += member.score, magnitude += std::abs(member.score), members += 1;
  }
  const bool scored = !std::isnan(sum);
  const double mean = sum / members, scale = std::sqrt(std::max(1.0, magnitude / members));
  for (const Team& team : match.teams) {
    for (const Member& member : team.members) {
      Record& record = records_[member.player];
      record.games += 1;
      if (!scored) continue;
      record.scored_games += 1;
      record.form += (member.score - mean) / scale;
    }
  }
}

}  // namespace gamekeeper::play::ratings
