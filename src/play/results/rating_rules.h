#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace gamekeeper::play {

/// How the shown rating of one queue moves.
struct RatingRules {
  static constexpr const char* kByShape = "auto";

  /// A name of ratings::ShownSystem, or kByShape: Glicko-2 for two players, Plackett-Luce when a team has more than one,
  /// Elo-MM for more players each on their own.
  std::string system = kByShape;
  double k_factor = 32;  // of the system elo
  std::optional<double> beta;  // points, of the systems that have one; nothing: their own
  int64_t placement_games = 10;  // until then a rating is said to be provisional
  /// Whoever returns after more days than these without a match in the queue has lost so many points for each day beyond
  /// them, but none below a newcomer's 1500. 0: nobody does.
  int64_t decay_after_days = 0;
  double decay_points_a_day = 5;

  bool operator==(const RatingRules&) const = default;
};

/// What may be set: system, k_factor, beta, placement_games, decay_after_days, decay_points_a_day; what is absent stays as
/// it was, but for numbers that another system has no use for. Errors: kInvalid, naming the field and its limits.
Result<RatingRules> change_rules(RatingRules rules, const boost::json::object& change);
/// As it is asked for and kept; a number that the system has no use for is null.
boost::json::object show(const RatingRules& rules);

}  // namespace gamekeeper::play
