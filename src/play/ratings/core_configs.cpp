#include "play/ratings/core.h"

namespace gamekeeper::play::ratings {
namespace {

/// Every setting of one filter rule with every other: newcomers' variances times drifts a day times drifts a game.
std::vector<FilterSetting> grid(std::initializer_list<double> deviations, std::initializer_list<double> per_day,
                                std::initializer_list<double> per_game) {
  std::vector<FilterSetting> all;
  for (double deviation : deviations) {
    for (double game : per_game) {
      for (double day : per_day) all.push_back({deviation * deviation, day, game});
    }
  }
  return all;
}

const std::initializer_list<double> kDrift = {1e-5, 3e-5, 1e-4, 3e-4, 1e-3};
const std::initializer_list<double> kLogitDrift = {4e-5, 1.2e-4, 4e-4, 1.2e-3, 4e-3};

std::vector<FilterSetting> margin_filters() { return grid({0.5}, kDrift, {0, 0.003}); }
std::vector<FilterSetting> outcome_filters() { return grid({0.7, 2}, kLogitDrift, {0, 0.012}); }
std::vector<FilterSetting> few_filters() { return grid({0.5}, kDrift, {0}); }

StackSpec stack_b() { return {{Feature::kMargin, Feature::kSide, Feature::kSize}, {{1.5, 1}, {0, 1}, {0, 1}}}; }
StackSpec stack_c() {
  return {{Feature::kOutcome, Feature::kSide, Feature::kSize, Feature::kNewness}, {{1, 1}, {0, 1}, {0, 1}, {0, 0.1}}};
}
StackSpec stack_d() {
  return {{Feature::kMargin, Feature::kOutcome, Feature::kSide, Feature::kSize, Feature::kNewness},
          {{1.3, 1}, {0.2, 1}, {0, 1}, {0, 1}, {0, 0.1}}};
}
StackSpec stack_e() {
  StackSpec spec = stack_d();
  spec.features.push_back(Feature::kForm);
  spec.priors.push_back({0, 1});
  return spec;
}

}  // namespace

const CoreConfig* core_config(std::string_view name) {
  static const CoreConfig kB{few_filters(), {}, few_filters(), {stack_b()}};
  static const CoreConfig kC{{}, outcome_filters(), few_filters(), {stack_c()}};
  static const CoreConfig kD{margin_filters(), outcome_filters(), few_filters(), {stack_d()}};
  static const CoreConfig kE{margin_filters(), outcome_filters(), few_filters(), {stack_e()}};
  static const CoreConfig kAuto{
      margin_filters(), outcome_filters(), few_filters(), {stack_b(), stack_c(), stack_d(), stack_e()}};
  if (name == "b") return &kB;
  if (name == "c") return &kC;
  if (name == "d") return &kD;
  if (name == "e") return &kE;
  if (name == "auto") return &kAuto;
  return nullptr;
}

}  // namespace gamekeeper::play::ratings
