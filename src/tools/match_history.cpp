#include "tools/match_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gamekeeper::tools {
namespace {

using play::ratings::kMembersMax;
using play::ratings::kNoLabel;
using play::ratings::kTeamsMax;
using play::ratings::Member;
using play::ratings::Team;

constexpr double kMillisADay = 86'400'000;

struct Row {
  uint32_t name, player, label, team, rank, line;
  double score;
};

struct Found {
  UnixMillis time;
  uint32_t queue, rows = 0;
};

/// Reads all rows, then builds match after match from those that belong together.
class Builder {
 public:
  explicit Builder(MatchRows rows) : file_(std::move(rows)) {}

  Result<MatchHistory> build() {
    if (auto ok = read(); !ok) return std::unexpected(ok.error());
    const std::vector<uint32_t> order = by_match();
    history_.members.reserve(rows_.size());
    size_t at = 0;
    for (size_t m = 0; m < found_.size(); ++m) {
      if (auto ok = add(m, {order.data() + at, found_[m].rows}); !ok) return std::unexpected(ok.error());
      at += found_[m].rows;
    }
    for (uint32_t q = 0; q < queues_.size(); ++q) {
      history_.queues.push_back(
          {std::string(queue_names_.text(q)), std::move(queues_[q].players), queues_[q].labels.size()});
    }
    point_into();
    std::stable_sort(history_.matches.begin(), history_.matches.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    return std::move(history_);
  }

 private:
  struct QueueNames {
    Names players, labels;
  };

  Result<void> read() {
    MatchFileRow row;
    while (true) {
      auto any = file_.next(row);
      if (!any) return std::unexpected(any.error());
      if (!*any) return {};
      if (rows_.size() == UINT32_MAX) return file_.wrong("bad_file", "a history has at most 2^32 - 1 rows.", "file");
      const uint32_t m = match_names_.number(row.match), q = queue_names_.number(row.queue);
      if (m == found_.size()) found_.push_back({row.time, q});
      if (q == queues_.size()) queues_.emplace_back();
      Found& match = found_[m];
      if (match.queue != q)
        return file_.wrong("bad_value", fmt::format("match {} stands in two queues.", row.match), "queue");
      match.time = std::max(match.time, row.time);
      ++match.rows;
      match_of_row_.push_back(m);
      const uint32_t name = names_.number(row.player);
      rows_.push_back({.name = name,
                       .player = queues_[q].players.number(row.player),
                       .label = row.side.empty() ? kNoLabel : queues_[q].labels.number(row.side),
                       .team = row.team.empty() ? kNoTeam : names_.number(row.team),
                       .rank = static_cast<uint32_t>(row.rank),
                       .line = static_cast<uint32_t>(file_.line()),
                       .score = row.score.value_or(NAN)});
    }
  }

  /// The rows' numbers, match by match.
  std::vector<uint32_t> by_match() {
    std::vector<uint32_t> next(found_.size());
    for (size_t m = 1; m < found_.size(); ++m) next[m] = next[m - 1] + found_[m - 1].rows;
    std::vector<uint32_t> order(rows_.size());
    for (uint32_t r = 0; r < rows_.size(); ++r) order[next[match_of_row_[r]]++] = r;
    match_of_row_ = {};
    return order;
  }

  Error about(const Row& row, size_t match, const std::string& what, std::string field) const {
    return {ErrorKind::kInvalid,
            "bad_value",
            fmt::format("{}:{}: {} in match {}.", file_.name(), row.line, what,
                        match_names_.text(static_cast<uint32_t>(match))),
            std::move(field),
            "",
            std::chrono::milliseconds{0}};
  }

  Result<void> add(size_t m, std::span<const uint32_t> numbers) {
    sorted_.clear();
    for (uint32_t r : numbers) sorted_.push_back(rows_[r]);
    std::sort(sorted_.begin(), sorted_.end(), [&](const Row& a, const Row& b) {
      return a.name != b.name ? names_.text(a.name) < names_.text(b.name) : a.line < b.line;
    });
    for (size_t i = 1; i < sorted_.size(); ++i) {
      if (sorted_[i].name == sorted_[i - 1].name) {
        return std::unexpected(
            about(sorted_[i], m, fmt::format("{} plays twice", names_.text(sorted_[i].name)), "player"));
      }
    }
    // Teams in order of their first member: each row learns which team's turn it is, then rows move together.
    teams_seen_.clear();
    for (size_t i = 0; i < sorted_.size(); ++i) {
      Row& row = sorted_[i];
      size_t at = row.team == kNoTeam ? teams_seen_.size() : 0;
      while (at < teams_seen_.size() && teams_seen_[at].team != row.team) ++at;
      if (at == teams_seen_.size()) teams_seen_.push_back(row);
      if (teams_seen_[at].rank != row.rank) return std::unexpected(about(row, m, "two ranks for one team", "rank"));
      if (teams_seen_.size() > kTeamsMax) return std::unexpected(about(row, m, "more than 4096 teams", "team"));
      row.team = static_cast<uint32_t>(at);
    }
    if (teams_seen_.size() < 2) {
      ++history_.alone;
      return {};
    }
    std::stable_sort(sorted_.begin(), sorted_.end(), [](const Row& a, const Row& b) { return a.team < b.team; });
    return append(m);
  }

  Result<void> append(size_t m) {
    starts_.push_back({history_.teams.size(), teams_seen_.size()});
    for (size_t i = 0; i < sorted_.size();) {
      Team team{.members = {}, .rank = sorted_[i].rank};
      const size_t from = i;
      double score = 0;
      bool scored = false;
      for (; i < sorted_.size() && sorted_[i].team == sorted_[from].team; ++i) {
        history_.members.push_back({sorted_[i].player, sorted_[i].label, sorted_[i].score});
        if (!std::isnan(sorted_[i].score)) score += sorted_[i].score, scored = true;
      }
      if (i - from > kMembersMax)
        return std::unexpected(about(sorted_[from], m, "more than 4096 players in a team", "team"));
      if (scored) team.score = score;
      sizes_.push_back(static_cast<uint32_t>(i - from));
      history_.teams.push_back(team);
    }
    history_.teams_max = std::max(history_.teams_max, teams_seen_.size());
    history_.matches.push_back(
        {found_[m].time, found_[m].queue, {static_cast<double>(found_[m].time) / kMillisADay, {}}});
    return {};
  }

  /// Vectors no longer move: sets the spans.
  void point_into() {
    size_t member = 0;
    for (size_t t = 0; t < history_.teams.size(); ++t) {
      history_.teams[t].members = {history_.members.data() + member, sizes_[t]};
      member += sizes_[t];
    }
    for (size_t m = 0; m < history_.matches.size(); ++m) {
      history_.matches[m].match.teams = {history_.teams.data() + starts_[m].first, starts_[m].count};
    }
  }

  static constexpr uint32_t kNoTeam = UINT32_MAX;
  struct Start {
    size_t first, count;
  };
  MatchRows file_;
  Names match_names_, queue_names_, names_;
  std::vector<QueueNames> queues_;
  std::vector<Found> found_;
  std::vector<Row> rows_, sorted_, teams_seen_;
  std::vector<uint32_t> match_of_row_, sizes_;
  std::vector<Start> starts_;
  MatchHistory history_;
};

}  // namespace

Result<MatchHistory> read_history(Result<MatchRows> rows) {
  if (!rows) return std::unexpected(rows.error());
  return Builder(std::move(*rows)).build();
}

}  // namespace gamekeeper::tools
