#include "tools/match_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "tools/match_rows.h"

namespace gamekeeper::tools {
namespace {

/// What keeps the row out of its match.
Result<void> check(const ReplayMatch& match, const MatchFileRow& row, const MatchRows& file) {
  if (match.queue != row.queue)
    return file.wrong("bad_value", fmt::format("match {} stands in two queues.", row.match), "queue");
  for (const MatchRow& other : match.rows) {
    if (other.player == row.player)
      return file.wrong("bad_value", fmt::format("{} plays twice in match {}.", row.player, row.match), "player");
    if (!row.team.empty() && other.team == row.team && other.rank != row.rank)
      return file.wrong("bad_value", fmt::format("two ranks for one team in match {}.", row.match), "rank");
  }
  return {};
}

Result<ReplayHistory> gather(Result<MatchRows> rows) {
  if (!rows) return std::unexpected(rows.error());
  ReplayHistory history;
  std::vector<ReplayMatch>& matches = history.matches;
  std::unordered_map<std::string, size_t> known;
  UnixMillis latest = INT64_MIN;
  MatchFileRow row;
  while (true) {
    auto any = rows->next(row);
    if (!any) return std::unexpected(any.error());
    if (!*any) break;
    auto [entry, fresh] = known.try_emplace(std::string(row.match), matches.size());
    if (fresh) matches.push_back({.id = entry->first, .queue = std::string(row.queue), .time = row.time, .rows = {}});
    if (fresh && row.time < latest && history.out_of_order++ == 0)
      history.first_out_of_order = fmt::format("{}:{}", rows->name(), rows->line());
    ReplayMatch& match = matches[entry->second];
    if (auto ok = check(match, row, *rows); !ok) return std::unexpected(ok.error());
    match.time = std::max(match.time, row.time);
    latest = std::max(latest, row.time);
    match.rows.push_back({.team = std::string(row.team),
                          .player = std::string(row.player),
                          .rank = row.rank,
                          .score = row.score,
                          .side = std::string(row.side)});
  }
  std::ranges::stable_sort(matches, {}, &ReplayMatch::time);
  return history;
}

}  // namespace

Result<ReplayHistory> parse_matches(std::string_view text, const std::string& name) {
  return gather(MatchRows::of(std::string(text), name));
}

Result<ReplayHistory> read_matches(const std::string& file) { return gather(MatchRows::open(file)); }

}  // namespace gamekeeper::tools
