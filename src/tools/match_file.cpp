#include "tools/match_file.h"

#include <unordered_map>

#include "tools/match_rows.h"

namespace gamekeeper::tools {
namespace {

Result<std::vector<ReplayMatch>> gather(Result<MatchRows> rows) {
  if (!rows) return std::unexpected(rows.error());
  std::vector<ReplayMatch> matches;
  std::unordered_map<std::string, size_t> known;
  MatchFileRow row;
  while (true) {
    auto any = rows->next(row);
    if (!any) return std::unexpected(any.error());
    if (!*any) return matches;
    auto [entry, fresh] = known.try_emplace(std::string(row.match), matches.size());
    if (fresh) matches.push_back({.id = entry->first, .queue = std::string(row.queue), .time = row.time, .rows = {}});
    matches[entry->second].rows.push_back({.team = std::string(row.team),
                                           .player = std::string(row.player),
                                           .rank = row.rank,
                                           .score = row.score,
                                           .side = std::string(row.side)});
  }
}

}  // namespace

Result<std::vector<ReplayMatch>> parse_matches(std::string_view text, const std::string& name) {
  return gather(MatchRows::of(std::string(text), name));
}

Result<std::vector<ReplayMatch>> read_matches(const std::string& file) { return gather(MatchRows::open(file)); }

}  // namespace gamekeeper::tools
