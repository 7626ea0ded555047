// One row at a time: is it a repeat, when did it happen, whose is it, and what does it add to. No I/O.
#include "insight/processor/fold.h"

namespace gamekeeper::processor {
namespace {

constexpr int64_t kSkewMs = 10'000;
constexpr int64_t kIdsKeptMs = 24 * cells::kHourMs;
constexpr int64_t kSequencesKeptMs = 30 * cells::kDayMs;
/// A session may not miss more stretches of numbers than this: it bounds what one client can make us remember.
constexpr size_t kStretchesMax = 4'096;
/// How far an event's time may be from its receipt to matter for who is online now; within the ring of kSeen.
constexpr int64_t kSeenMinutes = 7;

void start(Session& s, const events::EventView& e) {
  s.state.known = true;
  const int64_t skew = e.received_at - e.sent_at;
  if (e.sent_at != 0 && (skew > kSkewMs || skew < -kSkewMs)) s.state.offset_ms = skew;
}

}  // namespace

void PartitionFold::fold_row(const events::EventView& e, const Touched& t) {
  AppState& app = *t.app;
  app.touched = true;
  ++info_.events;
  info_.received_to = std::max(info_.received_to, e.received_at);
  if (e.received_at > app.info.received_to) {
    app.info.received_to = e.received_at;
    if (cells::utc_day(e.received_at) > app.zone_asked) choose_zone(app);
  }
  if (t.session != nullptr) {
    residents_.list(*t.session);
    t.session->dirty = true;
    if (!t.session->state.known) start(*t.session, e);
  }
  cells::Ledger& ledger = app.ledger(e.key);
  if (is_repeat(e, t, ledger)) return;

  const UnixMillis time = e.time + (t.session != nullptr ? t.session->state.offset_ms : 0);
  if (time < cells::kTimeFirst || time >= cells::kTimeEnd) {
    ++ledger.dropped["time_out_of_range"];
    return;
  }
  ++ledger.stored;
  app.receive(e.received_at);

  Player& player = *t.player;
  if (player.state.number == kNone) {
    player.state.number = app.info.players++;
    player.dirty = true;
    residents_.list(player);
  }
  NameState& name = app.name_state(e.name);
  const uint32_t dimensions = dimensions_of(e, app, t.session);
  const uint32_t tuple = app.tuple(name, dimensions);
  ++name.events;
  name.trail_of(time).entries.push_back({player.state.number, time, info_.events});

  const int64_t minute = cells::floor_div(time, cells::kMinuteMs);
  AppState::MinuteCounts& counts = app.counts(tuple, minute);
  ++counts.events;
  counts.errors += e.severe;

  const bool wait_known = t.match != nullptr && e.name == cells::kQueueWaitEvent && t.match->formed;
  for (const events::Measure& m : e.measures) {
    if (!wait_known) name.measure(m.property).at(minute).add(m.value);
  }
  if (is_fact(e)) return fold_fact(e, t, time);
  counts.see(player.state.number);
  fold_player(e, t, time, tuple);
  if (e.kind == events::Kind::kPurchase) app.pay(e.currency, tuple, minute, e.amount_micros, player.state.number);
  if (e.kind == events::Kind::kEconomy) app.move_money(e.currency, minute, e.amount_micros, e.sink);
}

/// Repeated or dropped: counted in the ledger, and nothing else happens. Remembers what was seen.
bool PartitionFold::is_repeat(const events::EventView& e, const Touched& t, cells::Ledger& ledger) {
  if (t.id != nullptr) {
    const bool seen = t.id->received_at != kNever && std::abs(e.received_at - t.id->received_at) <= kIdsKeptMs;
    if (e.received_at > t.id->received_at) {
      t.id->received_at = e.received_at;
      t.id->dirty = true;
      residents_.list(*t.id);
    }
    if (t.session != nullptr) t.session->state.last_arrival = std::max(t.session->state.last_arrival, e.received_at);
    ledger.repeated += seen;
    return seen;
  }
  SessionState& s = t.session->state;
  if (s.last_arrival != kNever && e.received_at - s.last_arrival > kSequencesKeptMs) {
    for (const auto& [from, to] : s.seen.all()) s.forgotten.add(from, to);
    s.seen.clear();
  }
  s.last_arrival = std::max(s.last_arrival, e.received_at);
  if (s.seen.contains(e.seq)) return ++ledger.repeated, true;
  if (s.seen.all().size() >= kStretchesMax && !(e.seq > 1 && s.seen.contains(e.seq - 1))) {
    return ++ledger.dropped["too_many_gaps"], true;
  }
  s.seen.add(e.seq, e.seq);
  return false;
}

uint32_t PartitionFold::dimensions_of(const events::EventView& e, AppState& app, Session* session) {
  uint32_t inherited = session != nullptr ? session->state.dimensions : kNone;
  if (inherited == kNone) inherited = app.dimensions({}, {}, {});
  uint32_t dimensions = inherited;
  if (e.has_platform || e.has_country || e.has_version) {
    const cells::Tuple& from = app.at(inherited);
    dimensions = app.dimensions(e.has_platform ? e.platform : from.platform, e.has_country ? e.country : from.country,
                                e.has_version ? e.version : from.version);
  }
  if (e.kind == events::Kind::kSessionStart && session != nullptr && session->state.dimensions != dimensions) {
    session->state.dimensions = dimensions;
    Player& p = *session->player;
    if (p.state.session_first != kNever && p.state.first_session == session->id && p.state.cohort != dimensions) {
      p.state.cohort = dimensions;
      p.dirty = true;
      residents_.list(p);
    }
  }
  return dimensions;
}

void PartitionFold::fold_fact(const events::EventView& e, const Touched& t, UnixMillis time) {
  if (t.match == nullptr) return;
  bool& done = e.name == cells::kQueueWaitEvent ? t.match->formed : t.match->completed;
  if (done) return;
  done = t.match->dirty = true;
  residents_.list(*t.match);
  if (e.name == cells::kQueueWaitEvent) return;
  const int64_t hour = cells::floor_to(time, cells::kHourMs);
  const auto minute = static_cast<uint8_t>((time - hour) / cells::kMinuteMs);
  t.app->matches[hour].minute_by_hash.emplace(hash_of(e.match_id), minute);
}

void PartitionFold::fold_player(const events::EventView& e, const Touched& t, UnixMillis time, uint32_t tuple) {
  Player& p = *t.player;
  if (p.state.first == kNever || time < p.state.first) {
    p.state.first = time;
    p.state.first_tuple = tuple;
    if (p.state.session_first == kNever) p.state.cohort = t.app->dimensions_of(tuple);
    p.dirty = true;
    residents_.list(p);
  }
  see(e, p, time);
  if (t.session == nullptr) return;
  fold_session(e, *t.session, time, tuple);
  // The cohort goes by the first session, which may begin after an event without one.
  const SessionState& s = t.session->state;
  if (p.state.session_first != kNever && s.first >= p.state.session_first) return;
  p.state.session_first = s.first;
  p.state.first_session = t.session->id;
  p.state.cohort = s.dimensions != kNone ? s.dimensions : t.app->dimensions_of(s.first_tuple);
  p.dirty = true;
  residents_.list(p);
}

void PartitionFold::fold_session(const events::EventView& e, Session& session, UnixMillis time, uint32_t tuple) {
  SessionState& s = session.state;
  if (!s.opened) {
    s.opened = true;
    s.first = s.last = time;
    s.first_tuple = tuple;
  } else if (time < s.first) {
    s.first = time;
    s.first_tuple = tuple;
  } else if (time > s.last) {
    s.last = time;
  }
  if (e.kind == events::Kind::kSessionEnd) s.end = std::max(s.end, time);
}

void PartitionFold::see(const events::EventView& e, Player& p, UnixMillis time) {
  const int64_t minute = cells::floor_div(time, cells::kMinuteMs);
  const int64_t ago = cells::floor_div(e.received_at, cells::kMinuteMs) - minute;
  if (ago < -kSeenMinutes || ago > kSeenMinutes) return;
  if (minute != p.seen_minute) {
    if (p.seen_minute != INT64_MIN) p.app->seen.push_back({p.state.number, p.seen_minute, p.seen});
    p.seen_minute = minute;
    p.seen = {};
  }
  residents_.list(p);
  int32_t& at = e.kind == events::Kind::kSessionEnd ? p.seen.end : p.seen.event;
  at = std::max(at, static_cast<int32_t>(time - minute * cells::kMinuteMs));
}

}  // namespace gamekeeper::processor
