#include "play/ratings/pair_filters.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {
namespace {

constexpr double kLabelGrowth = 1e-7;  // of a label's variance a match: what an advantage is worth drifts, but slowly
constexpr double kMarginLabelVariance = 0.09, kOutcomeLabelVariance = 0.36;

std::vector<FilterSetting> joined(std::span<const FilterSetting> a, std::span<const FilterSetting> b) {
  std::vector<FilterSetting> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

std::vector<FilterSetting> label_settings(size_t margins, size_t outcomes) {
  std::vector<FilterSetting> all(margins, {kMarginLabelVariance, 0, 0});
  all.insert(all.end(), outcomes, {kOutcomeLabelVariance, 0, 0});
  return all;
}

/// Net weights of the labels of both sides, a label once, none that is 0, in order of their numbers.
void label_shares(const Match& match, std::vector<PairFilters::LabelShare>& out) {
  out.clear();
  for (int side = 0; side < 2; ++side) {
    const Team& team = match.teams[static_cast<size_t>(side)];
    const double sign = 1 - 2 * side;
    if (const LabelIndex whole = team_label(team); whole != kNoLabel) {
      out.push_back({whole, sign});
      continue;
    }
    for (const Member& member : team.members) {
      if (member.label != kNoLabel) out.push_back({member.label, sign * member_weight(team)});
    }
  }
  if (out.size() < 2) return;
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.label != b.label ? a.label < b.label : a.weight < b.weight; });
  size_t kept = 0;
  for (size_t i = 1; i < out.size(); ++i) {
    if (out[i].label == out[kept].label)
      out[kept].weight += out[i].weight;
    else
      out[++kept] = out[i];
  }
  out.resize(kept + 1);
  std::erase_if(out, [](const auto& share) { return share.weight == 0; });
}

}  // namespace

PairFilters::PairFilters(std::span<const FilterSetting> margin, std::span<const FilterSetting> outcome)
    : margins_(margin.size()),
      lanes_(joined(margin, outcome)),
      label_lanes_(label_settings(margin.size(), outcome.size())),
      players_(lanes_),
      labels_(label_lanes_),
      margin_mixture_(margin.size()),
      outcome_mixture_(outcome.size()) {
  noise_.fill(1.0);
}

void PairFilters::grow(size_t players, size_t labels) {
  players_.grow(players);
  labels_.grow(labels);
  label_state_.resize(labels_.size(), {matches_});
}

double PairFilters::label_growth(LabelIndex label) const {
  return kLabelGrowth * static_cast<double>(matches_ - label_state_[label].matches);
}

void PairFilters::add_players(const Match& match, View& view) const {
  const size_t n = lanes_.size;
  for (int side = 0; side < 2; ++side) {
    const Team& team = match.teams[static_cast<size_t>(side)];
    const double w = member_weight(team), signed_w = side == 0 ? w : -w,
                 w2 = 1.0 / static_cast<double>(team.members.size());
    for (const Member& member : team.members) {
      const double *mean = players_.means(member.player), *variance = players_.variances(member.player);
      const Beliefs::Idle idle = players_.idle(member.player, match.day);
      for (size_t k = 0; k < n; ++k) {
        view.gap[k] += signed_w * mean[k];
        view.variance[k] += w2 * aged(lanes_, k, variance[k], idle);
      }
    }
  }
}

void PairFilters::add_labels(const Match& match, View& view) const {
  label_shares(match, view.labels);
  for (const LabelShare& share : view.labels) {
    const double *mean = labels_.means(share.label), *variance = labels_.variances(share.label);
    const double growth = label_growth(share.label);
    for (size_t k = 0; k < lanes_.size; ++k) {
      view.gap[k] += share.weight * mean[k];
      view.variance[k] += share.weight * share.weight * (variance[k] + growth);
    }
  }
}

void PairFilters::look(const Match& match, View& view) const {
  std::fill_n(view.gap.begin(), lanes_.size, 0.0);
  std::fill_n(view.variance.begin(), lanes_.size, 0.0);
  add_players(match, view);
  add_labels(match, view);

  Lane weight;
  margin_mixture_.weights(weight);
  view.margin = view.outcome = 0;
  for (size_t k = 0; k < margins_; ++k)
    view.margin += weight[k] * view.gap[k] / std::sqrt(view.variance[k] + noise_[k]);
  outcome_mixture_.weights(weight);
  for (size_t k = margins_; k < lanes_.size; ++k) {
    view.shrunk[k] = view.gap[k] / std::sqrt(1.0 + std::numbers::pi / 8 * view.variance[k]);
  }
  for (size_t k = margins_; k < lanes_.size; ++k) view.outcome += weight[k - margins_] * view.shrunk[k];
}

void PairFilters::learn(const Match& match, const View& view, double outcome, std::optional<double> margin) {
  const size_t n = lanes_.size;
  Lane pull{}, shrink{}, log_density{};
  if (margin) {
    const double memory = std::min(20.0 + static_cast<double>(++with_margin_), 2000.0);
    const double z = *margin;
    for (size_t k = 0; k < margins_; ++k) {
      const double s = view.variance[k] + noise_[k], e = z - view.gap[k];
      pull[k] = e / s;
      shrink[k] = 1.0 / s;
      log_density[k] = -0.5 * (e * e / s + fast_log(s));
      const double unexplained = e * e - view.variance[k];
      const double noise = noise_[k] + ((unexplained > 0 ? unexplained : 0.0) - noise_[k]) / memory;
      noise_[k] = noise > 0.05 ? noise : 0.05;
    }
    margin_mixture_.learn(log_density, 2);
  }
  Lane outcome_density{};
  for (size_t k = margins_; k < n; ++k) {
    const double p = sigmoid(view.gap[k]), information = p * (1 - p);
    const double damped = 1.0 / (1.0 + information * view.variance[k]);
    pull[k] = (outcome - p) * damped;
    shrink[k] = information * damped;
    outcome_density[k - margins_] = outcome * view.shrunk[k] - softplus(view.shrunk[k]);
  }
  outcome_mixture_.learn(outcome_density, 2);

  ++matches_;
  for (const LabelShare& share : view.labels) {
    double *mean = labels_.means(share.label), *variance = labels_.variances(share.label);
    const double w = share.weight, growth = label_growth(share.label) - kLabelGrowth;
    for (size_t k = 0; k < n; ++k) {
      const double v = variance[k] + growth;
      mean[k] += w * v * pull[k];
      variance[k] = v * (1.0 - w * w * v * shrink[k]) + kLabelGrowth;
    }
    label_state_[share.label].matches = matches_;
  }
  for (int side = 0; side < 2; ++side) {
    const Team& team = match.teams[static_cast<size_t>(side)];
    const double w = member_weight(team), signed_w = side == 0 ? w : -w,
                 w2 = 1.0 / static_cast<double>(team.members.size());
    for (const Member& member : team.members) {
      double *mean = players_.means(member.player), *variance = players_.variances(member.player);
      const Beliefs::Idle idle = players_.idle(member.player, match.day);
      for (size_t k = 0; k < n; ++k) {
        const double v = aged(lanes_, k, variance[k], idle);
        mean[k] += signed_w * v * pull[k];
        variance[k] = v * (1.0 - w2 * v * shrink[k]);
      }
      players_.played(member.player, match.day);
    }
  }
}

PairFilters::Strength PairFilters::strength(PlayerIndex player) const {
  Lane weight;
  const bool by_margin = margins_ > 0 && with_margin_ > 0;
  (by_margin ? margin_mixture_ : outcome_mixture_).weights(weight);
  const size_t from = by_margin ? 0 : margins_, to = by_margin ? margins_ : lanes_.size;
  double mean = 0, square = 0;
  for (size_t k = from; k < to; ++k) {
    const double m = players_.means(player)[k];
    mean += weight[k - from] * m;
    square += weight[k - from] * (players_.variances(player)[k] + m * m);
  }
  return {mean, std::sqrt(std::max(0.0, square - mean * mean))};
}

}  // namespace gamekeeper::play::ratings
