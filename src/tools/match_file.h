#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gamekeeper::tools {

/// One player's part in one match.
struct MatchRow {
  std::string team;
  std::string player;
  int64_t rank = 0;  // 1 is best; equal ranks are a draw
  std::optional<double> score;
  std::string side;
};

struct ReplayMatch {
  std::string id;
  std::string queue;
  UnixMillis time = 0;  // the latest of its rows
  std::vector<MatchRow> rows;
};

/// A match history in order of time; matches of one time stand as in the file.
struct ReplayHistory {
  std::vector<ReplayMatch> matches;
  size_t out_of_order = 0;  // matches that began in the file after a later one
  std::string first_out_of_order;  // the first of them: file and line
};

/// Reads a match history: CSV with the header match_id,time,team,player,rank and optional score,side,queue; one row a
/// player; gzip allowed. `time` is a date, an RFC 3339 date-time (without an offset: UTC) or seconds since 1970. The
/// rows of one match may come in any order.
/// Errors: kInvalid with file, line and column: an unreadable row, a player twice in a match, ranks or queues that differ
/// within a team or a match.
Result<ReplayHistory> read_matches(const std::string& file);

/// The same from text.
Result<ReplayHistory> parse_matches(std::string_view text, const std::string& name);

}  // namespace gamekeeper::tools
