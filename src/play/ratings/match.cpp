#include "play/ratings/match.h"

namespace gamekeeper::play::ratings {
namespace {

bool score_is_sane(double score) { return std::isnan(score) || std::abs(score) <= kScoreMax; }

}  // namespace

Result<void> validate(const Match& match) {
  auto bad = [](const char* message, const char* field) {
    return fail(ErrorKind::kInvalid, "bad_match", message, field);
  };
  if (!std::isfinite(match.day)) return bad("The time of a match must be a finite number.", "time");
  if (match.teams.size() < 2 || match.teams.size() > kTeamsMax) return bad("A match has 2 to 4096 teams.", "teams");
  for (const Team& team : match.teams) {
    if (team.members.empty() || team.members.size() > kMembersMax)
      return bad("A team has 1 to 4096 players.", "players");
    if (team.rank == 0) return bad("Ranks begin at 1.", "rank");
    if (!score_is_sane(team.score)) return bad("A score lies within 2^53 of zero.", "score");
    for (const Member& member : team.members) {
      if (!score_is_sane(member.score)) return bad("A score lies within 2^53 of zero.", "score");
    }
  }
  return {};
}

LabelIndex team_label(const Team& team) {
  const LabelIndex first = team.members.front().label;
  for (const Member& member : team.members) {
    if (member.label != first) return kNoLabel;
  }
  return first;
}

}  // namespace gamekeeper::play::ratings
