#include "tools/evaluate.h"

#include <chrono>

#include "play/ratings/model.h"

namespace gamekeeper::tools {
namespace {

using play::ratings::Match;
using play::ratings::Model;
using play::ratings::Scorecard;
using play::ratings::win_probability;

void add_field(const Match& match, const std::vector<double>& strengths, std::vector<uint32_t>& ranks,
               Scorecard& card) {
  ranks.clear();
  for (const auto& team : match.teams) ranks.push_back(team.rank);
  card.add_field(strengths, ranks);
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
  Scorecard card;
  size_t scored = 0;
  std::vector<double> strengths(history.teams_max);
  std::vector<uint32_t> ranks;
  const auto began = std::chrono::steady_clock::now();
  for (const auto& [time, queue, match] : history.matches) {
    models[queue].learn(match, strengths);
    if (from && time < *from) continue;
    ++scored;
    if (match.teams.size() == 2)
      card.add_duel(win_probability(strengths[0], strengths[1]), play::ratings::outcome_of(match));
    else
      add_field(match, strengths, ranks, card);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  RatingScore score{.model = name, .scored = scored, .figures = play::ratings::figures_of(card), .bins = card.bins};
  if (!history.matches.empty() && seconds > 0)
    score.matches_per_second = static_cast<double>(history.matches.size()) / seconds;
  if (after) *after = std::move(models);
  return score;
}

}  // namespace gamekeeper::tools
