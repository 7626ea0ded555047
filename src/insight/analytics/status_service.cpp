#include "insight/analytics/status_service.h"

#include <algorithm>
#include <unordered_map>

#include "events/event.h"
#include "insight/analytics/response_cache.h"

namespace gamekeeper::analytics {
namespace {

using cells::kDayMs, cells::kMinuteMs, cells::kQuarterMs;
using std::chrono::steady_clock;

constexpr int64_t kOnlineMs = 5 * kMinuteMs;
constexpr int64_t kRateSeconds = 10;

std::unexpected<Error> corrupt_cell() {
  return fail(ErrorKind::kCorrupt, "corrupt_cell", "A stored status cannot be read.");
}

/// The quarter hours or minutes of the present UTC day, up to its end.
TimeRange today(UnixMillis now) {
  const UnixMillis start = cells::floor_to(now, kDayMs);
  return {start, start + kDayMs};
}

/// Counts players online, chunk by chunk of the ring of minutes.
class OnlineCount {
 public:
  explicit OnlineCount(UnixMillis now) : now_(now) {}

  bool wants(int64_t slot) const {
    const int64_t age = (cells::floor_div(now_, kMinuteMs) - slot) & 15;
    return age <= kOnlineMs / kMinuteMs;
  }
  void add(const ports::CellView& cell, const cells::Seen& seen) {
    if (cell.partition != partition_ || cell.key != key_) {
      flush();
      partition_ = cell.partition;
      key_ = cell.key;
    }
    const int64_t minute = cells::floor_div(now_, kMinuteMs);
    if (seen.minute > minute || seen.minute < minute - kOnlineMs / kMinuteMs) return;
    for (const auto& [player, at] : seen.by_player) {
      Last& last = last_[player];
      const UnixMillis event = seen.minute * kMinuteMs + at.event, end = seen.minute * kMinuteMs + at.end;
      if (at.event >= 0 && event > now_ - kOnlineMs && event <= now_) last.event = std::max(last.event, event);
      if (at.end >= 0 && end <= now_) last.end = std::max(last.end, end);
    }
  }
  uint64_t total() {
    flush();
    return total_;
  }

 private:
  struct Last {
    UnixMillis event = INT64_MIN, end = INT64_MIN;
  };
  void flush() {
    for (const auto& [player, last] : last_) total_ += last.event > last.end;
    last_.clear();
  }

  const UnixMillis now_;
  ports::Partition partition_ = 0;
  std::string key_;
  std::unordered_map<uint32_t, Last> last_;
  uint64_t total_ = 0;
};

}  // namespace

Task<Result<Overview>> StatusService::overview(Query& query) {
  const UnixMillis until = cells::floor_to(query.now, 1'000) + 1'000;
  query.depends_on_time(until);
  const Commits commits = commits_of(query.states);
  {
    std::lock_guard lock(mutex_);
    const auto known = overviews_.find(query.app);
    if (known != overviews_.end() && known->second.commits == commits && query.now < known->second.valid_before) {
      co_return known->second.overview;
    }
  }
  Overview now;
  auto online = co_await players_online(query);
  if (!online) co_return std::unexpected(online.error());
  now.players_online = *online;
  auto open = co_await sessions_open(query);
  if (!open) co_return std::unexpected(open.error());
  now.sessions_open = *open;
  auto rate = co_await events_per_second(query);
  if (!rate) co_return std::unexpected(rate.error());
  now.events_per_second = *rate;
  for (auto [metric, field] :
       {std::pair{Metric::kActivePlayers, &Overview::active_today},
        std::pair{Metric::kNewPlayers, &Overview::new_today}, std::pair{Metric::kMatches, &Overview::matches_today}}) {
    auto value = co_await series_.value(query, metric, today(query.now), std::nullopt);
    if (!value) co_return std::unexpected(value.error());
    now.*field = static_cast<uint64_t>(*value);
  }
  auto pipeline_now = co_await pipeline(query);
  if (!pipeline_now) co_return std::unexpected(pipeline_now.error());
  now.freshness_ms = pipeline_now->freshness_ms;

  std::lock_guard lock(mutex_);
  if (overviews_.size() > 1'000) overviews_.clear();
  overviews_[query.app] = {commits, until, now};
  co_return now;
}

Task<Result<uint64_t>> StatusService::players_online(Query& query) {
  OnlineCount count(query.now);
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    if (!count.wants(cell.bucket)) return true;
    const auto seen = cells::Seen::decode(cell.value);
    if (!seen) return !(bad = true);
    count.add(cell, *seen);
    return true;
  };
  auto done = co_await store_.scan(cells::app_range(cells::kSeen, query.app, 0, 16), visit);
  if (!done) co_return std::unexpected(done.error());
  if (bad) co_return corrupt_cell();
  co_return count.total();
}

Task<Result<int64_t>> StatusService::sessions_open(Query& query) {
  int64_t sessions = 0;
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    const auto number = cells::Number::decode(cell.value);
    if (!number) return !(bad = true);
    sessions += number->value;
    return true;
  };
  const UnixMillis from = cells::floor_to(query.now - cells::kIdleMs, kMinuteMs);
  auto range = exact_range(cells::kOpenSessions, cells::Key(query.app).str(), from, INT64_MAX);
  auto done = co_await store_.scan(range, visit);
  if (!done) co_return std::unexpected(done.error());
  if (bad) co_return corrupt_cell();
  co_return sessions;
}

Task<Result<double>> StatusService::events_per_second(Query& query) {
  const int64_t now_second = cells::floor_div(query.now, 1'000);
  query.depends_on_time((now_second + 1) * 1'000);
  int64_t events = 0;
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    if (((now_second - cell.bucket) & 1'023) > kRateSeconds) return true;
    const auto received = cells::Received::decode(cell.value);
    if (!received) return !(bad = true);
    if (received->second < now_second && received->second >= now_second - kRateSeconds) events += received->events;
    return true;
  };
  auto done = co_await store_.scan(exact_range(cells::kReceived, cells::Key(query.app).str(), 0, 1'024), visit);
  if (!done) co_return std::unexpected(done.error());
  if (bad) co_return corrupt_cell();
  co_return static_cast<double>(events) / kRateSeconds;
}

Task<Result<__int128>> StatusService::revenue_today(Query& query, std::string currency) {
  query.depends_on_time(today(query.now).to);
  SeriesRequest request{.metric = Metric::kRevenue, .range = today(query.now), .currency = std::move(currency)};
  auto answer = co_await series_.series(query, std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  co_return answer->series.at(0).total_micros;
}

Task<Result<PipelineStatus>> StatusService::pipeline(Query& query) {
  query.depends_on_time(cells::floor_to(query.now, 1'000) + 1'000);
  PipelineStatus status;
  for (ports::Partition p = 0; p < log_.partitions(); ++p) {
    PartitionStatus& at = status.partitions.emplace_back(PartitionStatus{.partition = p});
    for (const auto& state : query.states) {
      if (state.partition == p) at.committed = state.position, at.epoch = state.epoch, at.owner = state.owner;
    }
    auto bounds = co_await log_.bounds(p);
    if (!bounds) co_return std::unexpected(bounds.error());
    at.head = bounds->next;
    at.lag_events = log_.distance(std::max(at.committed, bounds->first), bounds->next);
    if (at.lag_events == 0) continue;
    // How long the oldest event that waits has been waiting; at least since the fold stands before it, where it cannot
    // be read at once: a log on the network is reached anew each time.
    at.lag_ms = stood_ms(p, at.committed, query.now);
    auto reader = co_await log_.open(p, at.committed);
    if (reader) {
      auto chunk = co_await (*reader)->next(1, steady_clock::now() + std::chrono::milliseconds(50));
      events::EventView event;
      if (chunk && events::RowReader(chunk->rows).next(event))
        at.lag_ms = std::max<int64_t>(0, query.now - event.received_at);
    }
    status.freshness_ms = std::max(status.freshness_ms, at.lag_ms);
  }
  co_return status;
}

int64_t StatusService::stood_ms(ports::Partition partition, ports::Position committed, UnixMillis now) {
  std::lock_guard lock(mutex_);
  auto [stand, first] = stands_.try_emplace(partition, Stand{committed, now});
  if (!first && stand->second.committed != committed) stand->second = {committed, now};
  return std::max<int64_t>(0, now - stand->second.since);
}

Task<Result<std::vector<GapsOf>>> StatusService::gaps(Query& query, TimeRange range) {
  if (auto ok = check_range(range, kMinuteMs); !ok) co_return std::unexpected(ok.error());
  std::vector<GapsOf> found;
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    auto gaps = cells::Gaps::decode(cell.value);
    cells::KeyReader key(cell.key);
    key.text();
    key.day();
    std::string player(key.text16());
    std::string session(key.rest());
    if (!gaps || key.failed()) return !(bad = true);
    found.push_back({std::move(player), std::move(session), std::move(gaps->missing)});
    return found.size() < kGapsMax;
  };
  auto done = co_await store_.scan(cells::gaps_range(query.app, range.from, range.to), visit);
  if (!done) co_return std::unexpected(done.error());
  if (bad) co_return corrupt_cell();
  co_return found;
}

Task<Result<std::vector<NameCount>>> StatusService::names(Query& query) {
  std::map<std::string, int64_t> counts;
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    const auto number = cells::Number::decode(cell.value);
    cells::KeyReader key(cell.key);
    key.text();
    if (!number || key.failed()) return !(bad = true);
    counts[std::string(key.rest())] += number->value;
    return true;
  };
  auto done = co_await store_.scan(cells::app_range(cells::kNames, query.app, 0, 1), visit);
  if (!done) co_return std::unexpected(done.error());
  if (bad) co_return corrupt_cell();
  std::vector<NameCount> names;
  for (auto& [name, count] : counts) names.push_back({name, count});
  std::stable_sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  co_return names;
}

}  // namespace gamekeeper::analytics
