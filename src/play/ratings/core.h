#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "play/ratings/field_filters.h"
#include "play/ratings/field_temperature.h"
#include "play/ratings/logistic.h"
#include "play/ratings/pair_filters.h"

namespace gamekeeper::play::ratings {

/// What a stack may look at before a match of two sides; each changes its sign when the sides are swapped.
enum class Feature : uint8_t {
  kMargin,   // what the margin filters say
  kOutcome,  // what the outcome filters say: a logit
  kSide,     // +1 when the first side plays under the queue's first label (home, white), -1 when the second does
  kSize,     // ln(members of the first / members of the second)
  kNewness,  // mean of 1 / (1 + games) of the first less that of the second
  kForm,     // the same of the members' own scores against the match's mean, over past games
};
inline constexpr size_t kFeatures = 6;

/// One logistic stack: the features it weighs, with the weights' priors.
struct StackSpec {
  std::vector<Feature> features;
  std::vector<WeightPrior> priors;
};

/// A configuration of the core: which filters run, and which stacks stand on them. Several stacks are mixed by how
/// well each foretold the results so far. docs/ratings.md says which is for what.
struct CoreConfig {
  std::vector<FilterSetting> margin, outcome, field;
  std::vector<StackSpec> stacks;
};

/// The predicting core of a queue: filters of several settings on scores, outcomes and orders of finish, mixed by how
/// well they foretell, and stacked by logistic regressions that also calibrate. No setting is tuned to a game.
/// One thread at a time. Allocates in grow() alone, and when a match is larger than any before.
class Core {
 public:
  explicit Core(const CoreConfig& config);

  void grow(size_t players, size_t labels);
  /// Writes each team's strength: sigmoid(strength_i - strength_j) is the probability that i does better than j.
  void predict(const Match& match, std::span<double> strengths);
  /// What predict() would have said, then learns the result.
  void learn(const Match& match, std::span<double> strengths);

 private:
  using Features = std::array<double, kFeatures>;
  struct Stack {
    std::vector<Feature> features;
    OnlineLogistic weights;
    std::span<const double> pick(const Features& all, std::array<double, kFeaturesMax>& room) const;
  };
  /// What one player has done so far, for the features that are no filter's.
  struct Record {
    double games = 0, scored_games = 0, form = 0;
  };
  struct Side {
    double newness = 0, form = 0;
  };

  double pair_logit(const Match& match);
  double side_of(const Match& match) const;
  Side side_record(const Team& team) const;
  std::optional<double> margin_of(const Match& match, double outcome);
  void learn_pair(const Match& match);
  void learn_records(const Match& match);

  PairFilters pair_;
  FieldFilters field_;
  std::vector<Stack> stacks_;
  Mixture stack_mixture_;
  std::vector<Record> records_;
  PairFilters::View view_;
  Features features_{};
  Lane stack_logit_{};
  LabelIndex first_label_ = kNoLabel;
  double orientation_ = 0;  // decisive matches in which the higher score won, less those in which the lower did
  double margin_scale_ = 0, margin_squares_ = 0, margins_seen_ = 0;
  FieldTemperature temperature_{1.7};
};

/// The configurations by name: "b" margin filters alone; "c" outcome filters alone, for games without scores; "d" both;
/// "e" d with the members' own scores; "auto" all of these, mixed. Null when there is none of that name.
const CoreConfig* core_config(std::string_view name);

}  // namespace gamekeeper::play::ratings
