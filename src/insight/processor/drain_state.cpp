// Players and sessions whose first or last event moved: what the outputs said of them before is taken back, what is
// true now is put in. Then their own cells.
#include "insight/processor/fold.h"

namespace gamekeeper::processor {

using cells::Key;

namespace {

constexpr ports::Table kSessionTables[] = {cells::kSessionsMinute, cells::kSessionsHour, cells::kSessionsDay};
constexpr int64_t kSessionWidths[] = {cells::kMinuteMs, cells::kHourMs, cells::kDayMs};

int64_t minute_of(UnixMillis ms) { return cells::floor_div(ms, cells::kMinuteMs); }

void count_session(Changes& changes, const AppState& app, uint32_t tuple, UnixMillis first, UnixMillis last,
                   int times) {
  const std::string key = Key(app.name()).u32(tuple / cells::kChunk).str();
  const double seconds = static_cast<double>(last - first) / 1000;
  for (size_t i = 0; i < std::size(kSessionTables); ++i) {
    const int64_t bucket = cells::floor_to(first, kSessionWidths[i]);
    changes.at<cells::Sessions>(kSessionTables[i], key, bucket).by_tuple[tuple].add(seconds, times);
  }
}

void count_running(Changes& changes, const AppState& app, uint32_t tuple, UnixMillis first, UnixMillis last,
                   int times) {
  const std::string key = Key(app.name()).u32(tuple / cells::kChunk).str();
  auto& running = changes.at<cells::Running>(cells::kRunningSessions, key, cells::floor_to(last, cells::kMinuteMs));
  running.by_first_minute[minute_of(first)].by_tuple[tuple].add(static_cast<double>(last - first) / 1000, times);
}

cells::Players& players_at(Changes& changes, ports::Table table, const Player& p, uint32_t tuple, UnixMillis time) {
  const Key key = Key(p.app->name()).u32(tuple).day(cells::utc_day(time));
  return changes.at<cells::Players>(table, Key(key).u16(static_cast<uint16_t>(p.state.number >> 16)).str(),
                                    cells::floor_to(time, cells::kQuarterMs));
}

/// Sequence numbers from 1 to the greatest that never came.
cells::Gaps gaps_of(const SessionState& s) {
  cells::Gaps gaps;
  Intervals<uint64_t> all = s.seen;
  for (const auto& [from, to] : s.forgotten.all()) all.add(from, to);
  uint64_t next = 1;
  for (const auto& [from, to] : all.all()) {
    if (from > next) gaps.missing.emplace_back(next, from - 1);
    next = to + 1;
  }
  return gaps;
}

bool has_gaps(const SessionState& s) {
  if (!s.forgotten.empty()) return !gaps_of(s).missing.empty();
  return s.seen.all().size() > 1 || (!s.seen.empty() && s.seen.all().front().first > 1);
}

std::string gap_key(const Session& s, UnixMillis first) {
  return Key(s.player->app->name()).day(cells::utc_day(first)).text16(s.player->id).plain(s.id).str();
}

void write_gaps(Session& s, std::vector<ports::Cell>& out) {
  SessionState& state = s.state;
  const bool gaps = has_gaps(state);
  if (state.gap_cell != kNever && (!gaps || state.gap_cell != state.first)) {
    out.push_back({{cells::kGaps, gap_key(s, state.gap_cell), state.gap_cell}, {}});
    state.gap_cell = kNever;
  }
  if (!gaps) return;
  state.gap_cell = state.first;
  out.push_back({{cells::kGaps, gap_key(s, state.first), state.first}, gaps_of(state).encode()});
}

}  // namespace

void PartitionFold::drain_session(Session& s, std::vector<ports::Cell>& out, std::vector<Stretch>& stretches) {
  const SessionState& now = s.state;
  if (!now.opened) return;
  AppState& app = *s.player->app;
  const bool moved = !s.stored_opened || s.stored_first != now.first || s.stored_last != now.last;
  if (moved || s.stored_tuple != now.first_tuple) {
    if (s.stored_opened) count_session(changes_, app, s.stored_tuple, s.stored_first, s.stored_last, -1);
    count_session(changes_, app, now.first_tuple, now.first, now.last, 1);
  }
  if (s.stored_opened && s.stored_end < s.stored_last) {
    --app.open_sessions[minute_of(s.stored_last)];
    count_running(changes_, app, s.stored_tuple, s.stored_first, s.stored_last, -1);
  }
  if (!now.ended()) {
    ++app.open_sessions[minute_of(now.last)];
    count_running(changes_, app, now.first_tuple, now.first, now.last, 1);
  }

  const int64_t from = minute_of(now.first), to = minute_of(now.last);
  if (!s.stored_opened) {
    stretches.push_back({s.player, from, to});
  } else {
    const int64_t from_before = minute_of(s.stored_first), to_before = minute_of(s.stored_last);
    if (from < from_before) stretches.push_back({s.player, from, from_before - 1});
    if (to > to_before) stretches.push_back({s.player, to_before + 1, to});
  }
  write_gaps(s, out);
  s.stored_opened = true;
  s.stored_first = now.first;
  s.stored_last = now.last;
  s.stored_end = now.end;
  s.stored_tuple = now.first_tuple;
}

void PartitionFold::drain_player(Player& p) {
  if (p.seen_minute != INT64_MIN) {
    p.app->seen.push_back({p.state.number, p.seen_minute, p.seen});
    p.seen_minute = INT64_MIN;
  }
  const PlayerState& now = p.state;
  const bool moved = p.stored_first != now.first;
  if (now.first == kNever) return;
  auto move = [&](ports::Table table, uint32_t before, uint32_t after) {
    if (!moved && before == after) return;
    if (p.stored_first != kNever) players_at(changes_, table, p, before, p.stored_first).remove(now.number);
    players_at(changes_, table, p, after, now.first).add(now.number);
  };
  move(cells::kNewQuarter, p.stored_tuple, now.first_tuple);
  move(cells::kNewQuarter, cells::kAllTuples, cells::kAllTuples);
  move(cells::kCohortQuarter, p.stored_cohort, now.cohort);
  p.stored_first = now.first;
  p.stored_tuple = now.first_tuple;
  p.stored_cohort = now.cohort;
}

void PartitionFold::write_states(std::vector<ports::Cell>& out) {
  for (Session* s : residents_.listed_sessions) out.push_back({Residents::key_of(*s), s->state.encode()});
  for (Player* p : residents_.listed_players) {
    if (p->dirty) out.push_back({Residents::key_of(*p), p->state.encode()});
  }
  for (SeenId* i : residents_.listed_ids) {
    std::string bytes;
    wire::put_signed(bytes, i->received_at);
    out.push_back({residents_.key_of(*i), std::move(bytes)});
  }
  for (Match* m : residents_.listed_matches) {
    std::string bytes;
    wire::put(bytes, (m->formed ? 1u : 0u) | (m->completed ? 2u : 0u));
    out.push_back({Residents::key_of(*m), std::move(bytes)});
  }
  for (AppState& app : residents_.apps()) {
    if (!app.touched) continue;
    const std::string key = Key(app.name()).str();
    for (uint32_t t = app.tuples_stored; t < app.tuples(); ++t) {
      out.push_back({{cells::kTuples, key, t}, app.at(t).encode()});
    }
    app.info.tuples = app.tuples();
    out.push_back({{cells::kApps, key, 0}, app.info.encode()});
  }
  out.push_back({{cells::kPartition, "", 0}, info_.encode()});
}

}  // namespace gamekeeper::processor
