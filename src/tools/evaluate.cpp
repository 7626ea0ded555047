#include "tools/evaluate.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "play/ratings/model.h"

namespace gamekeeper::tools {
namespace {

using play::ratings::Match;
using play::ratings::Model;
using play::ratings::win_probability;

constexpr size_t kBins = 10;

/// A foretold 0 that comes true is forgiven, one that does not costs no more than this.
constexpr double kSurest = 1e-6;

struct Sums {
  double games = 0, loss = 0, decisive = 0, decisive_loss = 0, brier = 0, right = 0, pairs = 0, pairs_right = 0;
  size_t scored = 0;
  std::vector<RatingScore::Bin> bins = std::vector<RatingScore::Bin>(kBins);
};

double log_loss(double p, double y) {
  p = std::clamp(p, kSurest, 1 - kSurest);
  return -(y * std::log(p) + (1 - y) * std::log(1 - p));
}

void add_pair(const Match& match, double p, Sums& sums) {
  const double y = play::ratings::outcome_of(match), loss = log_loss(p, y);
  sums.games += 1;
  sums.loss += loss;
  sums.brier += (p - y) * (p - y);
  RatingScore::Bin& bin = sums.bins[std::min(kBins - 1, static_cast<size_t>(p * kBins))];
  bin.foretold += p, bin.happened += y, bin.games += 1;
  if (y == 0.5) return;
  sums.decisive += 1;
  sums.decisive_loss += loss;
  sums.right += p == 0.5 ? 0.5 : static_cast<double>((p > 0.5) == (y > 0.5));
}

void add_field(const Match& match, const std::vector<double>& strengths, Sums& sums) {
  for (size_t i = 0; i < match.teams.size(); ++i) {
    for (size_t j = i + 1; j < match.teams.size(); ++j) {
      if (match.teams[i].rank == match.teams[j].rank) continue;
      const bool first_better = match.teams[i].rank < match.teams[j].rank;
      sums.pairs += 1;
      sums.pairs_right +=
          strengths[i] == strengths[j] ? 0.5 : static_cast<double>((strengths[i] > strengths[j]) == first_better);
    }
  }
}

RatingScore summary(const std::string& model, Sums sums) {
  RatingScore score{.model = model, .scored = sums.scored};
  if (sums.games > 0) {
    score.log_loss = sums.loss / sums.games;
    score.brier = sums.brier / sums.games;
    double off = 0;
    for (const auto& bin : sums.bins) off += std::abs(bin.foretold - bin.happened);
    score.calibration_error = off / sums.games;
  }
  if (sums.decisive > 0) {
    score.log_loss_decisive = sums.decisive_loss / sums.decisive;
    score.accuracy = sums.right / sums.decisive;
  }
  if (sums.pairs > 0) score.pair_accuracy = sums.pairs_right / sums.pairs;
  score.bins = std::move(sums.bins);
  return score;
}

}  // namespace

Result<RatingScore> score_model(const MatchHistory& history, const std::string& name, std::optional<UnixMillis> from,
                                std::vector<Model>* after) {
  std::vector<Model> models;
  for (const auto& queue : history.queues) {
    auto model = Model::make(name);
    if (!model) return std::unexpected(model.error());
    model->grow(queue.players.size(), queue.labels);
    models.push_back(std::move(*model));
  }
  Sums sums;
  std::vector<double> strengths(history.teams_max);
  const auto began = std::chrono::steady_clock::now();
  for (const auto& [time, queue, match] : history.matches) {
    models[queue].learn(match, strengths);
    if (from && time < *from) continue;
    ++sums.scored;
    if (match.teams.size() == 2)
      add_pair(match, win_probability(strengths[0], strengths[1]), sums);
    else
      add_field(match, strengths, sums);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  RatingScore score = summary(name, std::move(sums));
  if (!history.matches.empty() && seconds > 0)
    score.matches_per_second = static_cast<double>(history.matches.size()) / seconds;
  if (after) *after = std::move(models);
  return score;
}

}  // namespace gamekeeper::tools
