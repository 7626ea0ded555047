#include "play/ratings/shown_system.h"

#include <array>
#include <string>

namespace gamekeeper::play::ratings {
namespace {

constexpr std::array<std::string_view, 6> kSystems = {
    "glicko2", "elo", "elo-decay", "plackett-luce", "thurstone-mosteller", "elo-mm"};

WengLinFamily weng_lin(WengLinRule rule, const ShownOptions& options) {
  WengLinOptions own;
  if (options.beta) own.beta = *options.beta / kPointsAUnit;
  return {rule, own};
}

}  // namespace

std::span<const std::string_view> ShownSystem::names() { return kSystems; }

std::optional<double> ShownSystem::usual_beta(std::string_view name) {
  if (name == "plackett-luce" || name == "thurstone-mosteller") return WengLinOptions{}.beta * kPointsAUnit;
  if (name == "elo-mm") return EloMmOptions{}.beta;
  return std::nullopt;
}

Result<ShownSystem> ShownSystem::make(std::string_view name, const ShownOptions& options) {
  if (name == "elo") return ShownSystem(EloFamily({.k = options.k}));
  if (name == "elo-decay") return ShownSystem(EloFamily({.decaying = true}));
  if (name == "glicko2") return ShownSystem(Glicko2Family({}));
  if (name == "plackett-luce") return ShownSystem(weng_lin(WengLinRule::kPlackettLuce, options));
  if (name == "thurstone-mosteller") return ShownSystem(weng_lin(WengLinRule::kThurstoneMosteller, options));
  if (name == "elo-mm") {
    EloMmOptions own;
    if (options.beta) own.beta = *options.beta;
    return ShownSystem(EloMmFamily(own));
  }
  std::string all;
  for (std::string_view known : kSystems) all.append(all.empty() ? "" : ", ").append(known);
  return fail(ErrorKind::kInvalid, "unknown_model", "No rating to show goes by this name.", "system", all);
}

void ShownSystem::rate(const Match& match, std::span<Standing> standings) {
  std::visit(
      [&](auto& family) {
        family.grow(standings.size());
        for (PlayerIndex i = 0; i < standings.size(); ++i) family.put(i, standings[i]);
        family.learn(match, 0);
        for (PlayerIndex i = 0; i < standings.size(); ++i) {
          const Standing now = family.standing(i);
          standings[i].mean = now.mean;
          standings[i].deviation = now.deviation;
          standings[i].volatility = now.volatility;
        }
      },
      any_);
}

}  // namespace gamekeeper::play::ratings
