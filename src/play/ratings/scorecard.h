#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace gamekeeper::play::ratings {

/// How well chances that were foretold fit what happened: sums, to which matches are added one by one, each with what was
/// foretold before its result was known. Pure.
struct Scorecard {
  static constexpr size_t kBins = 10;  // of equal width
  struct Bin {
    double foretold = 0, happened = 0, games = 0;  // sums
  };

  double games = 0, loss = 0, brier = 0;  // matches of two teams
  double decisive = 0, decisive_loss = 0, right = 0;  // those of them that were no draw
  double pairs = 0, pairs_right = 0;  // of larger matches: pairs of teams that did not come out equal
  std::array<Bin, kBins> bins{};  // matches of two teams by the chance of the first

  /// A match of two teams: the first was to do better with the chance `p`; it had 1 (better), 0.5 or 0. Gives the log loss
  /// of this one. A foretold 0 that comes true is forgiven, one that does not costs no more than a millionth would.
  double add_duel(double p, double had);
  /// A match of more: the stronger of two teams was to do better. Rank 1 is best.
  void add_field(std::span<const double> strengths, std::span<const uint32_t> ranks);
};

/// The means of a scorecard. NaN: does not apply.
struct ScorecardFigures {
  double log_loss = NAN, log_loss_decisive = NAN, brier = NAN;
  double accuracy = NAN;  // share of decisive matches whose likelier team won; at even chances a half
  double calibration_error = NAN;  // how far the bins' chances are from what happened, a mean over the matches
  double pair_accuracy = NAN;
};
ScorecardFigures figures_of(const Scorecard& card);

}  // namespace gamekeeper::play::ratings
