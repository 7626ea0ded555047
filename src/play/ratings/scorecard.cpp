#include "play/ratings/scorecard.h"

#include <algorithm>

namespace gamekeeper::play::ratings {
namespace {

constexpr double kSurest = 1e-6;

double log_loss(double p, double had) {
  p = std::clamp(p, kSurest, 1 - kSurest);
  return -(had * std::log(p) + (1 - had) * std::log(1 - p));
}

}  // namespace

double Scorecard::add_duel(double p, double had) {
  const double cost = log_loss(p, had);
  games += 1;
  loss += cost;
  brier += (p - had) * (p - had);
  Bin& bin = bins[std::min(kBins - 1, static_cast<size_t>(p * kBins))];
  bin.foretold += p, bin.happened += had, bin.games += 1;
  if (had == 0.5) return cost;
  decisive += 1;
  decisive_loss += cost;
  right += p == 0.5 ? 0.5 : static_cast<double>((p > 0.5) == (had > 0.5));
  return cost;
}

void Scorecard::add_field(std::span<const double> strengths, std::span<const uint32_t> ranks) {
  for (size_t i = 0; i < ranks.size(); ++i) {
    for (size_t j = i + 1; j < ranks.size(); ++j) {
      if (ranks[i] == ranks[j]) continue;
      pairs += 1;
      pairs_right += strengths[i] == strengths[j]
                         ? 0.5
                         : static_cast<double>((strengths[i] > strengths[j]) == (ranks[i] < ranks[j]));
    }
  }
}

ScorecardFigures figures_of(const Scorecard& card) {
  ScorecardFigures out;
  if (card.games > 0) {
    out.log_loss = card.loss / card.games;
    out.brier = card.brier / card.games;
    double off = 0;
    for (const auto& bin : card.bins) off += std::abs(bin.foretold - bin.happened);
    out.calibration_error = off / card.games;
  }
  if (card.decisive > 0) {
    out.log_loss_decisive = card.decisive_loss / card.decisive;
    out.accuracy = card.right / card.decisive;
  }
  if (card.pairs > 0) out.pair_accuracy = card.pairs_right / card.pairs;
  return out;
}

}  // namespace gamekeeper::play::ratings
