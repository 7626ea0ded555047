#pragma once

#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "play/ratings/model.h"
#include "play/ratings/scorecard.h"
#include "tools/match_history.h"

namespace gamekeeper::tools {

struct EvaluateRatingsOptions {
  std::string file;
  std::string model = "all";
  std::string from;  // a date: only matches from then on are scored
  std::string plot;  // an SVG file for the calibration plot; empty: none
  std::string ratings;  // a CSV file for what the players come to by each classic model; empty: none
  bool as_json = false;
};

/// How well one model foretold the matches of a history. NaN: does not apply.
struct RatingScore {
  std::string model;
  size_t scored = 0;  // matches
  play::ratings::ScorecardFigures figures = {};
  double matches_per_second = NAN;
  std::array<play::ratings::Scorecard::Bin, play::ratings::Scorecard::kBins> bins = {};
};

/// Lets a model foretell each match, then learn it, in order of time, each queue on its own. `after`, if not null, gets
/// the queues' models as the last match leaves them. Errors: kInvalid `unknown_model`.
Result<RatingScore> score_model(const MatchHistory& history, const std::string& model, std::optional<UnixMillis> from,
                                std::vector<play::ratings::Model>* after = nullptr);

/// An SVG picture: what each model foretold against what happened.
std::string calibration_plot(const std::vector<RatingScore>& scores);

/// `gamekeeper evaluate ratings`. Returns the exit status: 2 for input that cannot be used.
int evaluate_ratings(const EvaluateRatingsOptions& options);

}  // namespace gamekeeper::tools
