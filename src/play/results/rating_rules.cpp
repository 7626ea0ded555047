#include "play/results/rating_rules.h"

#include <algorithm>
#include <boost/json.hpp>

#include "net/json_body.h"
#include "play/ratings/shown_system.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

Result<std::string> system_of(const json::object& change, std::string now) {
  auto named = net::optional_text_field(change, "system");
  if (!named) return std::unexpected(named.error());
  if (!*named || **named == RatingRules::kByShape) return named->value_or(std::move(now));
  const auto known = ratings::ShownSystem::names();
  if (std::ranges::find(known, **named) != known.end()) return std::move(**named);
  std::string all = RatingRules::kByShape;
  for (std::string_view name : known) all.append(" | ").append(name);
  return net::invalid("bad_value", "There is no such rating system.", "system", std::move(all));
}

/// A number that only some systems have a use for: null and absent are nothing.
Result<bool> is_named(const json::object& change, const char* field, bool has_use, const char* whose) {
  const json::value* value = change.if_contains(field);
  if (!value || value->is_null()) return false;
  if (!has_use) return net::invalid("bad_value", "The queue's rating system has no such number.", field, whose);
  return true;
}

}  // namespace

Result<RatingRules> change_rules(RatingRules rules, const json::object& change) {
  auto system = system_of(change, rules.system);
  if (!system) return std::unexpected(system.error());
  if (*system != rules.system) {
    rules.system = std::move(*system);
    rules.k_factor = RatingRules{}.k_factor;
    rules.beta.reset();
  }
  auto has_k = is_named(change, "k_factor", rules.system == "elo", "system elo");
  if (!has_k) return std::unexpected(has_k.error());
  if (*has_k) {
    if (auto ok = net::take_number(change, "k_factor", 1, 400, rules.k_factor); !ok) return std::unexpected(ok.error());
  }
  const std::optional<double> usual = ratings::ShownSystem::usual_beta(rules.system);
  auto has_beta = is_named(change, "beta", usual.has_value(), "system plackett-luce, thurstone-mosteller or elo-mm");
  if (!has_beta) return std::unexpected(has_beta.error());
  if (*has_beta) {
    double beta = 0;
    if (auto ok = net::take_number(change, "beta", 10, 2000, beta); !ok) return std::unexpected(ok.error());
    rules.beta = beta == usual ? std::nullopt : std::optional(beta);
  }
  for (const auto& ok : {net::take_number(change, "placement_games", 0, 1000, rules.placement_games),
                         net::take_number(change, "decay_after_days", 0, 3650, rules.decay_after_days),
                         net::take_number(change, "decay_points_a_day", 0, 1000, rules.decay_points_a_day)}) {
    if (!ok) return std::unexpected(ok.error());
  }
  return rules;
}

json::object show(const RatingRules& rules) {
  const std::optional<double> usual = ratings::ShownSystem::usual_beta(rules.system);
  return {{"system", rules.system},
          {"k_factor", rules.system == "elo" ? json::value(rules.k_factor) : json::value(nullptr)},
          {"beta", usual ? json::value(rules.beta.value_or(*usual)) : json::value(nullptr)},
          {"placement_games", rules.placement_games},
          {"decay_after_days", rules.decay_after_days},
          {"decay_points_a_day", rules.decay_points_a_day}};
}

}  // namespace gamekeeper::play
