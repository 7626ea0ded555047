#pragma once

#include <string>
#include <vector>

#include "play/ratings/match.h"
#include "tools/match_rows.h"
#include "tools/names.h"

namespace gamekeeper::tools {

/// A match history made ready for rating models. Matches stand in order of time (those of one time as in the file), teams
/// and members in order of their players' names, so that the order of a match's rows means nothing. A match has the
/// latest time of its rows; a row without a team is a team of its own; a team's score is the sum of its members'.
struct MatchHistory {
  struct Entry {
    UnixMillis time = 0;
    uint32_t queue = 0;
    play::ratings::Match match;  // of two teams or more
  };
  /// Players and labels are numbered queue by queue.
  struct Queue {
    std::string name;
    Names players;
    size_t labels = 0;
  };

  std::vector<Entry> matches;
  std::vector<Queue> queues;
  size_t alone = 0;  // matches of one team, left out: nothing can be learned from them
  size_t teams_max = 0;  // of one match

  std::vector<play::ratings::Team> teams;  // what the matches point into
  std::vector<play::ratings::Member> members;
};

/// Errors: kInvalid with file and line: an unreadable row, a player twice in a match, ranks or queues that differ within
/// a team or a match, more than 4096 teams, or players of one team.
Result<MatchHistory> read_history(Result<MatchRows> rows);

}  // namespace gamekeeper::tools
