#include "play/ratings/field_filters.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {

FieldFilters::FieldFilters(std::span<const FilterSetting> settings)
    : lanes_(settings), players_(lanes_), labels_(lanes_), mixture_(settings.size()) {
  noise_.fill(1.0);
}

void FieldFilters::grow(size_t players, size_t labels) {
  players_.grow(players);
  labels_.grow(labels);
}

void FieldFilters::sum_up(const Match& match, const Team& team, Entrant& out) const {
  const double w = member_weight(team), w2 = 1.0 / static_cast<double>(team.members.size());
  std::fill_n(out.strength.begin(), lanes_.size, 0.0);
  std::fill_n(out.variance.begin(), lanes_.size, 0.0);
  auto add = [&](const Beliefs& table, uint32_t i, double weight, double weight2) {
    const double *mean = table.means(i), *variance = table.variances(i);
    const Beliefs::Idle idle = table.idle(i, match.day);
    for (size_t k = 0; k < lanes_.size; ++k) {
      out.strength[k] += weight * mean[k];
      out.variance[k] += weight2 * aged(lanes_, k, variance[k], idle);
    }
  };
  const LabelIndex shared = team_label(team);
  if (shared != kNoLabel) add(labels_, shared, 1, 1);
  for (const Member& member : team.members) {
    add(players_, member.player, w, w2);
    if (shared == kNoLabel && member.label != kNoLabel) add(labels_, member.label, w, w2);
  }
}

void FieldFilters::look(const Match& match, std::span<double> out) const {
  Lane weight;
  mixture_.weights(weight);
  Entrant entrant;
  for (size_t i = 0; i < match.teams.size(); ++i) {
    sum_up(match, match.teams[i], entrant);
    out[i] = 0;
    for (size_t k = 0; k < lanes_.size; ++k) out[i] += weight[k] * entrant.strength[k];
  }
}

/// score = -ln((teams ahead + half of those level, oneself included) / teams), less the field's mean.
void FieldFilters::savage_scores(std::span<const Team> teams) {
  const size_t n = teams.size();
  if (score_.size() < n) score_.resize(n), by_rank_.resize(n), entrants_.resize(n);
  std::iota(by_rank_.begin(), by_rank_.begin() + static_cast<ptrdiff_t>(n), 0u);
  std::sort(by_rank_.begin(), by_rank_.begin() + static_cast<ptrdiff_t>(n),
            [&](uint32_t a, uint32_t b) { return teams[a].rank < teams[b].rank; });
  double sum = 0;
  for (size_t from = 0; from < n;) {
    size_t to = from;
    while (to < n && teams[by_rank_[to]].rank == teams[by_rank_[from]].rank) ++to;
    const double share = (static_cast<double>(from) + static_cast<double>(to - from) / 2) / static_cast<double>(n);
    const double score = -std::log(share);
    for (; from < to; ++from) score_[by_rank_[from]] = score, sum += score;
  }
  for (size_t i = 0; i < n; ++i) score_[i] -= sum / static_cast<double>(n);
}

void FieldFilters::learn(const Match& match) {
  const size_t n = match.teams.size();
  const double teams = static_cast<double>(n);
  savage_scores(match.teams);
  Lane mean{}, spread{};
  for (size_t i = 0; i < n; ++i) {
    sum_up(match, match.teams[i], entrants_[i]);
    for (size_t k = 0; k < lanes_.size; ++k) {
      mean[k] += entrants_[i].strength[k] / teams;
      spread[k] += entrants_[i].variance[k] / (teams * teams);
    }
  }
  Lane log_density{}, pull{}, shrink{};
  const Lane noise_before = noise_;
  for (size_t i = 0; i < n; ++i) {
    const double memory = std::min(20.0 + ++entrants_seen_, 2000.0);
    for (size_t k = 0; k < lanes_.size; ++k) {
      const double explained = entrants_[i].variance[k] + spread[k], s = explained + noise_before[k];
      const double e = score_[i] - (entrants_[i].strength[k] - mean[k]);
      pull[k] = e / s;
      shrink[k] = 1.0 / s;
      log_density[k] -= 0.5 * (e * e / s + fast_log(s));
      const double unexplained = e * e - explained;
      const double noise = noise_[k] + ((unexplained > 0 ? unexplained : 0.0) - noise_[k]) / memory;
      noise_[k] = noise > 0.05 ? noise : 0.05;
    }
    move(match, match.teams[i], pull, shrink);
  }
  mixture_.learn(log_density, teams);
}

void FieldFilters::move(const Match& match, const Team& team, const Lane& pull, const Lane& shrink) {
  const double w = member_weight(team), w2 = 1.0 / static_cast<double>(team.members.size());
  auto nudge = [&](Beliefs& table, uint32_t i, double weight, double weight2) {
    double *mean = table.means(i), *variance = table.variances(i);
    const Beliefs::Idle idle = table.idle(i, match.day);  // nothing the second time a label is met in one match
    for (size_t k = 0; k < lanes_.size; ++k) {
      const double v = aged(lanes_, k, variance[k], idle);
      mean[k] += weight * v * pull[k];
      variance[k] = v * (1.0 - weight2 * v * shrink[k]);
    }
    table.played(i, match.day);
  };
  const LabelIndex shared = team_label(team);
  if (shared != kNoLabel) nudge(labels_, shared, 1, 1);
  for (const Member& member : team.members) {
    nudge(players_, member.player, w, w2);
    if (shared == kNoLabel && member.label != kNoLabel) nudge(labels_, member.label, w, w2);
  }
}

}  // namespace gamekeeper::play::ratings
