#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace gamekeeper::play::ratings {

/// Players and labels are dense numbers, given out by the caller from 0 on, each kind on its own: a model keeps one row
/// of state a number.
using PlayerIndex = uint32_t;
using LabelIndex = uint32_t;

inline constexpr LabelIndex kNoLabel = UINT32_MAX;
inline constexpr uint32_t kTeamsMax = 4096;
inline constexpr uint32_t kMembersMax = 4096;  // of one team
inline constexpr double kScoreMax = 9007199254740992.0;

/// One player's part in a match.
struct Member {
  PlayerIndex player = 0;
  LabelIndex label = kNoLabel;  // what else plays for them and recurs: home, white, a car, a hero
  double score = NAN;  // their own; NaN: not known
};

struct Team {
  std::span<const Member> members;
  uint32_t rank = 1;  // 1 is best; equal ranks are a draw
  double score = NAN;  // of the whole team; NaN: not known
};

/// One match as the models see it. `day` counts days since 1970 (with their fraction) and never falls from one match
/// to the next. The order of teams and members carries no meaning: swapping them swaps the prediction.
struct Match {
  double day = 0;
  std::span<const Team> teams;
};

/// Whether a model may be given this match. Errors: kInvalid with a field: fewer than two or too many teams, an empty
/// team, a score that is infinite or beyond +-2^53, a rank of 0, a time that is not finite. That nobody plays twice is
/// the caller's to know.
Result<void> validate(const Match& match);

/// 1 when the first of two teams did better, 0.5 on a draw, else 0.
inline double outcome_of(const Match& match) {
  const uint32_t a = match.teams[0].rank, b = match.teams[1].rank;
  return a < b ? 1.0 : a > b ? 0.0 : 0.5;
}

/// The label that a whole team shares, else kNoLabel.
LabelIndex team_label(const Team& team);

/// The mean rating of a team's members moves its result by this much each: the strength of a team is the sum of its
/// members times this, so that its spread does not grow with its size.
inline double member_weight(const Team& team) { return 1.0 / std::sqrt(static_cast<double>(team.members.size())); }

}  // namespace gamekeeper::play::ratings
