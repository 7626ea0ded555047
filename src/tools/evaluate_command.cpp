#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "tools/evaluate.h"

namespace gamekeeper::tools {
namespace {

namespace json = boost::json;

json::value number(double value) { return std::isnan(value) ? json::value() : json::value(value); }

json::object as_json(const RatingScore& score) {
  return {{"model", score.model},
          {"log_loss", number(score.figures.log_loss)},
          {"log_loss_decisive", number(score.figures.log_loss_decisive)},
          {"brier", number(score.figures.brier)},
          {"accuracy", number(score.figures.accuracy)},
          {"calibration_error", number(score.figures.calibration_error)},
          {"pair_accuracy", number(score.figures.pair_accuracy)},
          {"matches_per_second", number(score.matches_per_second)}};
}

std::string cell(double value, int digits = 4) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, digits);
}

void print_row(const RatingScore& score) {
  fmt::print("{:<20} {:>8} {:>9} {:>8} {:>9} {:>12} {:>10} {:>12}\n", score.model, cell(score.figures.log_loss),
             cell(score.figures.log_loss_decisive), cell(score.figures.brier), cell(score.figures.accuracy),
             cell(score.figures.calibration_error), cell(score.figures.pair_accuracy),
             cell(score.matches_per_second, 0));
  std::fflush(stdout);
}

int refuse(const Error& error) { return fmt::print(stderr, "evaluate: {}\n", error.message), 2; }

bool write_file(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && written;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string out = "\"";
  for (char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

/// What every player of every queue comes to. The core has no rating to show.
void append_ratings(std::string& csv, const std::string& model, const MatchHistory& history,
                    const std::vector<play::ratings::Model>& queues) {
  if (model.starts_with("core")) return;
  for (size_t q = 0; q < queues.size(); ++q) {
    const MatchHistory::Queue& queue = history.queues[q];
    for (uint32_t p = 0; p < queue.players.size(); ++p) {
      const play::ratings::Standing now = queues[q].shown(p);
      csv += fmt::format("{},{},{},{},{}\n", model, csv_field(queue.name), csv_field(queue.players.text(p)), now.mean,
                         now.deviation);
    }
  }
}

}  // namespace

int evaluate_ratings(const EvaluateRatingsOptions& options) {
  std::vector<std::string> models;
  if (options.model == "all")
    models.assign(play::ratings::Model::names().begin(), play::ratings::Model::names().end());
  else
    models.push_back(options.model);
  if (auto known = play::ratings::Model::make(models.front()); !known) return refuse(known.error());
  std::optional<UnixMillis> from;
  if (!options.from.empty()) {
    from = parse_time(options.from.size() == 10 ? options.from + "T00:00:00Z" : options.from);
    if (!from) return refuse({ErrorKind::kInvalid, "bad_time", "\"" + options.from + "\" is not a date (2010-01-01)."});
  }
  auto history = read_history(MatchRows::open(options.file));
  if (!history) return refuse(history.error());

  if (!options.as_json) {
    fmt::print("{} matches\n", history->matches.size());
    if (history->alone > 0) fmt::print("{} more have one team only and are left out\n", history->alone);
    fmt::print("{:<20} {:>8} {:>9} {:>8} {:>9} {:>12} {:>10} {:>12}\n", "model", "log-loss", "decisive", "Brier",
               "accuracy", "calib. error", "pair acc.", "matches/s");
  }
  std::vector<RatingScore> scores;
  std::string ratings = "model,queue,player,rating,deviation\n";
  for (const std::string& model : models) {
    std::vector<play::ratings::Model> queues;
    auto score = score_model(*history, model, from, options.ratings.empty() ? nullptr : &queues);
    if (!score) return refuse(score.error());
    append_ratings(ratings, model, *history, queues);
    if (!options.as_json) print_row(*score);
    scores.push_back(std::move(*score));
  }
  if (options.as_json) {
    json::array rows;
    for (const RatingScore& score : scores) rows.push_back(as_json(score));
    fmt::print("{}\n", json::serialize(json::object{{"file", options.file},
                                                    {"matches", history->matches.size()},
                                                    {"left_out", history->alone},
                                                    {"scored", scores.front().scored},
                                                    {"models", std::move(rows)}}));
  }
  for (const auto& [path, text] :
       {std::pair(options.plot, calibration_plot(scores)), std::pair(options.ratings, std::move(ratings))}) {
    if (!path.empty() && !write_file(path, text))
      return fmt::print(stderr, "evaluate: The file {} cannot be written.\n", path), 1;
  }
  return 0;
}

}  // namespace gamekeeper::tools
