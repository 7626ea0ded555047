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
  savage_scores(match.teams);
  for (size_t i = 0; i < n; ++i) sum_up(match, match.teams[i], entrants_[i]);
  Lane log_density{};
  surprise(n, log_density);
  move_labels(match);
  for (size_t i = 0; i < n; ++i) move_players(match, i);
  mixture_.learn(log_density, static_cast<double>(n));
}

/// Turns what was believed of each entrant into how far it was off and the variance that this had; learns the noise.
void FieldFilters::surprise(size_t teams, Lane& log_density) {
  const double n = static_cast<double>(teams);
  Lane mean{}, spread{}, unexplained{};
  for (size_t i = 0; i < teams; ++i) {
    for (size_t k = 0; k < lanes_.size; ++k) {
      mean[k] += entrants_[i].strength[k] / n;
      spread[k] += entrants_[i].variance[k] / (n * n);
    }
  }
  for (size_t i = 0; i < teams; ++i) {
    Entrant& entrant = entrants_[i];
    for (size_t k = 0; k < lanes_.size; ++k) {
      const double explained = entrant.variance[k] + spread[k], s = explained + noise_[k];
      const double e = score_[i] - (entrant.strength[k] - mean[k]);
      log_density[k] -= 0.5 * (e * e / s + fast_log(s));
      const double rest = e * e - explained;
      unexplained[k] += rest > 0 ? rest : 0.0;
      entrant.strength[k] = e;
      entrant.variance[k] = s;
    }
  }
  entrants_seen_ += n;
  const double step = std::min(1.0, n / std::min(20.0 + entrants_seen_, 2000.0));
  for (size_t k = 0; k < lanes_.size; ++k)
    noise_[k] = std::max(0.05, noise_[k] + (unexplained[k] / n - noise_[k]) * step);
}

void FieldFilters::move_players(const Match& match, size_t i) {
  const Team& team = match.teams[i];
  const double w = member_weight(team), w2 = 1.0 / static_cast<double>(team.members.size());
  const Lane &off = entrants_[i].strength, &s = entrants_[i].variance;
  for (const Member& member : team.members) {
    double *mean = players_.means(member.player), *variance = players_.variances(member.player);
    const Beliefs::Idle idle = players_.idle(member.player, match.day);
    for (size_t k = 0; k < lanes_.size; ++k) {
      const double v = aged(lanes_, k, variance[k], idle);
      mean[k] += w * v * off[k] / s[k];
      variance[k] = v * (1.0 - w2 * v / s[k]);
    }
    players_.played(member.player, match.day);
  }
}

void FieldFilters::move_labels(const Match& match) {
  shares_.clear();
  for (uint32_t i = 0; i < match.teams.size(); ++i) {
    const Team& team = match.teams[i];
    if (const LabelIndex whole = team_label(team); whole != kNoLabel) {
      shares_.push_back({whole, i, 1});
      continue;
    }
    for (const Member& member : team.members) {
      if (member.label != kNoLabel) shares_.push_back({member.label, i, member_weight(team)});
    }
  }
  std::sort(shares_.begin(), shares_.end(), [](const Share& a, const Share& b) {
    return a.label != b.label ? a.label < b.label : a.entrant < b.entrant;
  });
  for (size_t from = 0; from < shares_.size();) {
    size_t to = from + 1;
    while (to < shares_.size() && shares_[to].label == shares_[from].label) ++to;
    move_label(match.day, {shares_.data() + from, to - from});
    from = to;
  }
}

/// Each entrant under a label is one look at it, as noisy as everything else that made the entrant's result.
void FieldFilters::move_label(double day, std::span<const Share> shares) {
  const LabelIndex label = shares.front().label;
  double *mean = labels_.means(label), *variance = labels_.variances(label);
  const Beliefs::Idle idle = labels_.idle(label, day);
  for (size_t k = 0; k < lanes_.size; ++k) {
    const double v = aged(lanes_, k, variance[k], idle);
    double precision = 1.0 / v, pull = 0;
    for (const Share& share : shares) {
      const Entrant& seen = entrants_[share.entrant];
      const double noise = seen.variance[k] - share.weight * share.weight * v;
      precision += share.weight * share.weight / noise;
      pull += share.weight * seen.strength[k] / noise;
    }
    mean[k] += pull / precision;
    variance[k] = 1.0 / precision;
  }
  labels_.played(label, day);
}

}  // namespace gamekeeper::play::ratings
