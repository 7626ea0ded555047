#include "insight/processor/testing/oracle.h"

namespace gamekeeper::processor::testing {
namespace {

int64_t floor_ms(int64_t ms, int64_t width) { return (ms >= 0 ? ms / width : -((-ms + width - 1) / width)) * width; }

constexpr int64_t kM = 60'000, kQ = 15 * kM, kH = 60 * kM, kD = 24 * kH;

bool fact(const Sent& e) { return e.kind == events::Kind::kFact || e.source == events::Source::kBackend; }

struct Kept {  // an event that was stored
  const Sent* e;
  int64_t time;
  std::tuple<std::string, std::string, std::string> dims;
};

struct SessionOf {
  bool known = false;
  int64_t offset = 0, last_arrival = 0;
  std::set<uint64_t> seqs, all_seqs;
  std::optional<Answers::Dims> dims;
  std::vector<Kept> events;  // its own, not facts
};

struct Log {
  std::vector<Kept> kept;
  std::map<std::pair<std::string, std::string>, SessionOf> sessions;
};

Log keep(const std::vector<Sent>& log, const std::string& app, Answers& out) {
  Log all;
  std::map<uint64_t, int64_t> ids;
  for (const Sent& e : log) {
    if (e.app != app) continue;
    auto& [stored, repeated, dropped] = out.ledger[e.key];
    SessionOf* s = e.session.empty() ? nullptr : &all.sessions[{e.player, e.session}];
    if (s != nullptr && !s->known) {
      s->known = true;
      s->last_arrival = e.received;
      if (e.sent != 0 && std::abs(e.received - e.sent) > 10'000) s->offset = e.received - e.sent;
    }
    bool repeat = false;
    if (s != nullptr && e.seq != 0) {
      if (e.received - s->last_arrival > 30 * kD) s->seqs.clear();
      repeat = !s->seqs.insert(e.seq).second;
      s->all_seqs.insert(e.seq);
    } else {
      auto at = ids.find(e.id);
      repeat = at != ids.end() && std::abs(e.received - at->second) <= kD;
      ids[e.id] = at == ids.end() ? e.received : std::max(at->second, e.received);
    }
    if (s != nullptr) s->last_arrival = std::max(s->last_arrival, e.received);
    if (repeat) {
      ++repeated;
      continue;
    }
    const int64_t time = e.time + (s != nullptr ? s->offset : 0);
    if (time < -5'364'662'400'000 || time >= 7'258'118'400'000) {
      ++dropped;
      continue;
    }
    ++stored;
    Answers::Dims dims = s != nullptr && s->dims ? *s->dims : Answers::Dims{};
    if (e.platform) std::get<0>(dims) = *e.platform;
    if (e.country) std::get<1>(dims) = *e.country;
    if (e.version) std::get<2>(dims) = *e.version;
    if (s != nullptr && e.kind == events::Kind::kSessionStart) s->dims = dims;
    all.kept.push_back({&e, time, dims});
    if (s != nullptr && !fact(e)) s->events.push_back(all.kept.back());
  }
  return all;
}

Answers::NameDims named(const Kept& k, const std::string& name) {
  return {name, std::get<0>(k.dims), std::get<1>(k.dims), std::get<2>(k.dims)};
}

void count(const Log& log, Answers& out, const TimeZone& zone) {
  std::map<std::tuple<std::string, std::string, int64_t>, Sketch> minute, day;
  std::map<std::tuple<std::string, Answers::NameDims, int64_t>, __int128> rev_minute, rev_day;
  std::set<std::string> formed, completed;
  for (const Kept& k : log.kept) {
    const Sent& e = *k.e;
    const auto nd = named(k, e.name);
    for (auto [map, width] : {std::pair(&out.minute, kM), std::pair(&out.hour, kH), std::pair(&out.day, kD)}) {
      auto& [events, errors] = (*map)[{nd, floor_ms(k.time, width)}];
      ++events, errors += e.severe;
    }
    ++out.names[e.name];
    out.trails[e.name].emplace_back(e.player, k.time);
    const bool queue = fact(e) && e.name == "match.formed" && !e.match.empty();
    if (!queue || formed.insert(e.match).second) {
      for (const auto& [property, value] : e.measures) {
        minute[{e.name, property, floor_ms(k.time, kM)}].add(value);
        day[{e.name, property, floor_ms(k.time, kD)}].add(value);
      }
    }
    if (fact(e)) {
      if (e.name == "match.completed" && !e.match.empty() && completed.insert(e.match).second) {
        ++out.matches[floor_ms(k.time, kM)];
      }
      continue;
    }
    const int64_t quarter = floor_ms(k.time, kQ), utc = floor_ms(k.time, kD) / kD;
    out.active_quarter[{nd, quarter}].insert(e.player);
    out.active_day[{nd, utc}].insert(e.player);
    out.active_all_quarter[quarter].insert(e.player);
    out.active_all_day[utc].insert(e.player);
    out.active_zone_day[zone.day_of(k.time)].insert(e.player);
    if (e.kind == events::Kind::kPurchase) {
      rev_minute[{e.currency, nd, floor_ms(k.time, kM)}] += e.micros;
      rev_day[{e.currency, nd, floor_ms(k.time, kD)}] += e.micros;
      if (e.micros > 0) {
        out.payers_quarter[{e.currency, nd, quarter}].insert(e.player);
        out.payers_day[{e.currency, nd, utc}].insert(e.player);
      }
    }
    if (e.kind == events::Kind::kEconomy) {
      auto& [sources, sinks] = out.economy_hour[{e.currency, floor_ms(k.time, kH)}];
      (e.sink ? sinks : sources) += e.micros;
    }
  }
  for (auto& [key, sketch] : minute) out.measures_minute[key] = sketch.encode();
  for (auto& [key, sketch] : day) out.measures_day[key] = sketch.encode();
  for (auto& [key, sum] : rev_minute) out.revenue_minute[key] = std::to_string(static_cast<int64_t>(sum));
  for (auto& [key, sum] : rev_day) out.revenue_day[key] = std::to_string(static_cast<int64_t>(sum));
}

void first_events(const Log& log, Answers& out) {
  std::map<std::string, const Kept*> first;
  for (const Kept& k : log.kept) {
    if (fact(*k.e)) continue;
    const Kept*& f = first[k.e->player];
    if (f == nullptr || k.time < f->time) f = &k;
  }
  for (const auto& [player, k] : first) {
    const int64_t quarter = floor_ms(k->time, kQ);
    out.new_players[{named(*k, k->e->name), quarter}].insert(player);
    out.new_all[quarter].insert(player);
    // The first session: that of the earliest event in any session, ties by log order.
    const Kept* in_session = nullptr;
    for (const Kept& other : log.kept) {
      if (fact(*other.e) || other.e->player != player || other.e->session.empty()) continue;
      if (in_session == nullptr || other.time < in_session->time) in_session = &other;
    }
    Kept cohort = in_session != nullptr ? *in_session : *k;
    if (in_session != nullptr) {
      const auto& s = log.sessions.at({player, in_session->e->session});
      if (s.dims) cohort.dims = *s.dims;
    }
    out.cohorts[{named(cohort, ""), quarter}].insert(player);
  }
}

void sessions(const Log& log, Answers& out) {
  std::map<std::pair<Answers::NameDims, int64_t>, Sketch> minute, hour, day;
  std::map<std::tuple<Answers::NameDims, int64_t, int64_t>, Sketch> running;
  std::map<std::string, std::vector<std::pair<int64_t, int64_t>>> spans;
  for (const auto& [who, s] : log.sessions) {
    if (s.events.empty()) continue;
    const Kept* first = &s.events.front();
    int64_t last = first->time, end = INT64_MIN;
    for (const Kept& k : s.events) {
      if (k.time < first->time) first = &k;
      last = std::max(last, k.time);
      if (k.e->kind == events::Kind::kSessionEnd) end = std::max(end, k.time);
    }
    const auto nd = named(*first, first->e->name);
    for (auto [map, width] : {std::pair(&minute, kM), std::pair(&hour, kH), std::pair(&day, kD)}) {
      (*map)[{nd, floor_ms(first->time, width)}].add(static_cast<double>(last - first->time) / 1000);
    }
    spans[who.first].emplace_back(floor_ms(first->time, kM) / kM, floor_ms(last, kM) / kM);
    if (end < last) {
      ++out.open_sessions[floor_ms(last, kM)];
      running[{nd, floor_ms(first->time, kM), floor_ms(last, kM)}].add(static_cast<double>(last - first->time) / 1000);
    }
    std::vector<std::pair<uint64_t, uint64_t>> missing;
    uint64_t next = 1;
    for (uint64_t seq : s.all_seqs) {
      if (seq > next) missing.emplace_back(next, seq - 1);
      next = seq + 1;
    }
    if (!missing.empty()) out.gaps[{who.first, who.second, first->time}] = missing;
  }
  for (auto& [key, sketch] : running) out.running_sessions[key] = sketch.encode();
  for (auto& [key, sketch] : minute) out.sessions_minute[key] = sketch.encode();
  for (auto& [key, sketch] : hour) out.sessions_hour[key] = sketch.encode();
  for (auto& [key, sketch] : day) out.sessions_day[key] = sketch.encode();
  for (auto& [player, all] : spans) {
    std::sort(all.begin(), all.end());
    int64_t next = INT64_MIN;
    for (auto [from, to] : all) {
      for (int64_t m = std::max(from, next); m <= to; ++m) ++out.concurrent[m];
      next = std::max(next, to + 1);
    }
  }
}

void online(const Log& log, Answers& out, UnixMillis now) {
  std::map<std::string, std::pair<int64_t, int64_t>> last;  // event, end
  for (const Kept& k : log.kept) {
    if (fact(*k.e) || k.time > now || k.time <= now - 5 * kM) continue;
    // Not in the contract: clocks more than 7 minutes away from the receipt say nothing of who is here now.
    if (std::abs(floor_ms(k.e->received, kM) - floor_ms(k.time, kM)) > 7 * kM) continue;
    auto& [event, end] = last.try_emplace(k.e->player, INT64_MIN, INT64_MIN).first->second;
    int64_t& at = k.e->kind == events::Kind::kSessionEnd ? end : event;
    at = std::max(at, k.time);
  }
  for (const auto& [player, at] : last) {
    if (at.first > at.second) out.online.insert(player);
  }
}

}  // namespace

Answers expected(const std::vector<Sent>& log, const std::string& app, UnixMillis now, const TimeZone& zone) {
  Answers out;
  const Log all = keep(log, app, out);
  count(all, out, zone);
  first_events(all, out);
  sessions(all, out);
  online(all, out, now);
  return out;
}

}  // namespace gamekeeper::processor::testing
