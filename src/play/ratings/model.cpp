#include "play/ratings/model.h"

#include <array>

#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {
namespace {

constexpr std::array<std::string_view, 11> kNames = {
    "core",  "core-b",    "core-c",  "core-d",        "core-e",
    "elo",   "elo-decay", "glicko2", "plackett-luce", "thurstone-mosteller",
    "elo-mm"};

}  // namespace

std::span<const std::string_view> Model::names() { return kNames; }

Result<Model> Model::make(std::string_view name) {
  if (name == "core") return Model(Core(*core_config("auto")));
  if (name.starts_with("core-")) {
    if (const CoreConfig* config = core_config(name.substr(5))) return Model(Core(*config));
  }
  if (name == "elo") return Model(Calibrated(EloFamily({})));
  if (name == "elo-decay") return Model(Calibrated(EloFamily({.decaying = true})));
  if (name == "glicko2") return Model(Calibrated(Glicko2Family({})));
  if (name == "plackett-luce") return Model(Calibrated(WengLinFamily(WengLinRule::kPlackettLuce, {})));
  if (name == "thurstone-mosteller") return Model(Calibrated(WengLinFamily(WengLinRule::kThurstoneMosteller, {})));
  if (name == "elo-mm") return Model(Calibrated(EloMmFamily({})));
  std::string all;
  for (std::string_view known : kNames) all += (all.empty() ? "" : ", ") + std::string(known);
  return fail(ErrorKind::kInvalid, "unknown_model",
              "There is no rating model \"" + std::string(name) + "\"; there are " + all + ".", "model", all);
}

void Model::grow(size_t players, size_t labels) {
  std::visit([&](auto& model) { model.grow(players, labels); }, any_);
}

void Model::predict(const Match& match, std::span<double> strengths) {
  std::visit([&](auto& model) { model.predict(match, strengths); }, any_);
}

void Model::learn(const Match& match, std::span<double> strengths) {
  std::visit([&](auto& model) { model.learn(match, strengths); }, any_);
}

Standing Model::shown(PlayerIndex player) const {
  return std::visit(
      [&]<class M>(const M& model) -> Standing {
        if constexpr (std::is_same_v<M, Core>)
          return {};
        else
          return model.standing(player);
      },
      any_);
}

double win_probability(double a, double b) { return sigmoid(a - b); }

}  // namespace gamekeeper::play::ratings
