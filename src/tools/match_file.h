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
  UnixMillis time = 0;
  std::vector<MatchRow> rows;
};

/// Reads a match history: CSV with the header match_id,time,team,player,rank and optional score,side,queue; one row a
/// player; gzip allowed. `time` is a date, an RFC 3339 date-time (without an offset: UTC) or seconds since 1970. The
/// rows of one match may come in any order; matches keep the order of their first row.
/// Errors: kInvalid with file, line and column.
Result<std::vector<ReplayMatch>> read_matches(const std::string& file);

/// The same from text.
Result<std::vector<ReplayMatch>> parse_matches(std::string_view text, const std::string& name);

}  // namespace gamekeeper::tools
