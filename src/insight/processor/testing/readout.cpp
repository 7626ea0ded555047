// The same answers from cells, as analytics would read them.
#include "insight/processor/testing/oracle.h"

namespace gamekeeper::processor::testing {
namespace {

using cells::KeyReader;

class Reader {
 public:
  Reader(MemorySeriesStore& store, std::string app) : read_(store, app) {
    read_.each<PlayerState>(cells::kPlayers, [&](KeyReader key, int64_t, const PlayerState& p) {
      ids_[p.number] = std::string(key.rest());
    });
  }

  Answers::NameDims tuple(uint32_t number) const {
    const cells::Tuple t = read_.tuple(number);
    return {t.name, t.platform, t.country, t.version};
  }
  Answers::Set players(const cells::Players& set) const {
    Answers::Set ids;
    for (uint32_t p : set.set) ids.insert(ids_.at(p));
    return ids;
  }
  const std::string& id(uint32_t player) const { return ids_.at(player); }
  const Readout& cells() const { return read_; }

 private:
  Readout read_;
  std::map<uint32_t, std::string> ids_;
};

template <class Map>
void read_counts(const Reader& r, ports::Table table, Map& out) {
  r.cells().each<cells::Counts>(table, [&](KeyReader, int64_t bucket, const cells::Counts& counts) {
    for (const auto& row : counts.rows) out[{r.tuple(row.tuple), bucket}] = {row.events, row.errors};
  });
}

template <class Map, class All>
void read_quarters(const Reader& r, ports::Table table, Map& out, All* all) {
  r.cells().each<cells::Players>(table, [&](KeyReader key, int64_t bucket, const cells::Players& set) {
    const uint32_t tuple = key.u32();
    if (tuple != cells::kAllTuples) {
      out[{r.tuple(tuple), bucket}].merge(r.players(set));
    } else if (all != nullptr) {
      (*all)[bucket].merge(r.players(set));
    }
  });
}

template <class Map>
void read_sessions(const Reader& r, ports::Table table, Map& out) {
  r.cells().each<cells::Sessions>(table, [&](KeyReader, int64_t bucket, const cells::Sessions& sessions) {
    for (const auto& [tuple, sketch] : sessions.by_tuple) out[{r.tuple(tuple), bucket}] = sketch.encode();
  });
}

template <class Map>
void read_measures(const Reader& r, ports::Table table, Map& out) {
  r.cells().each<cells::Measured>(table, [&](KeyReader key, int64_t bucket, const cells::Measured& m) {
    const std::string name(key.text()), property(key.text());
    out[{name, property, bucket}] = m.sketch.encode();
  });
}

void read_money(const Reader& r, Answers& out) {
  for (auto [table, map] :
       {std::pair(cells::kRevenueMinute, &out.revenue_minute), std::pair(cells::kRevenueDay, &out.revenue_day)}) {
    r.cells().each<cells::Sums>(table, [&](KeyReader key, int64_t bucket, const cells::Sums& sums) {
      const std::string currency(key.text());
      for (const auto& [tuple, sum] : sums.by_tuple) {
        (*map)[{currency, r.tuple(tuple), bucket}] = std::to_string(static_cast<int64_t>(sum));
      }
    });
  }
  for (auto [table, map] :
       {std::pair(cells::kPayersQuarter, &out.payers_quarter), std::pair(cells::kPayersDay, &out.payers_day)}) {
    r.cells().each<cells::Players>(table, [&](KeyReader key, int64_t bucket, const cells::Players& set) {
      const std::string currency(key.text());
      const uint32_t tuple = key.u32();
      if (tuple != cells::kAllTuples) (*map)[{currency, r.tuple(tuple), bucket}].merge(r.players(set));
    });
  }
  r.cells().each<cells::Flows>(cells::kEconomyHour, [&](KeyReader, int64_t bucket, const cells::Flows& flows) {
    for (const auto& [currency, row] : flows.by_currency) {
      out.economy_hour[{currency, bucket}] = {static_cast<int64_t>(row.sources), static_cast<int64_t>(row.sinks)};
    }
  });
}

void read_concurrent(const Reader& r, Answers& out) {
  r.cells().each<cells::ConcurrentHour>(cells::kConcurrentHours, [&](KeyReader, int64_t at, const auto& hour) {
    for (int64_t m = 0; m < 60; ++m)
      out.concurrent[at / 60'000 + m] += hour.whole + hour.minutes[static_cast<size_t>(m)];
  });
  r.cells().each<cells::ConcurrentBlock>(cells::kConcurrentBlocks, [&](KeyReader, int64_t at, const auto& block) {
    GK_CHECK(block.whole == 0, "the random test has no sessions of 1024 days");
    for (const auto& [day, n] : block.days) {
      for (int64_t m = 0; m < 1440; ++m) out.concurrent[at / 60'000 + day * 1440 + m] += n;
    }
  });
  std::erase_if(out.concurrent, [](const auto& entry) { return entry.second == 0; });
}

void read_trails(const Reader& r, Answers& out) {
  std::map<std::string, std::map<uint64_t, std::pair<std::string, int64_t>>> by_order;
  r.cells().each<cells::Trail>(cells::kTrail, [&](KeyReader key, int64_t, const cells::Trail& trail) {
    const std::string name(key.text());
    const DayNumber day = key.day();
    for (const auto& e : trail.entries) {
      GK_CHECK(cells::utc_day(e.time) == day, "entries stand under their day");
      GK_CHECK(by_order[name].emplace(e.order, std::pair(r.id(e.player), e.time)).second, "an order is given once");
    }
  });
  for (auto& [name, entries] : by_order) {
    for (auto& [order, entry] : entries) out.trails[name].push_back(entry);
  }
}

void read_online(const Reader& r, Answers& out, UnixMillis now) {
  std::map<uint32_t, std::pair<int64_t, int64_t>> last;
  const int64_t to = now / 60'000;
  r.cells().each<cells::Seen>(cells::kSeen, [&](KeyReader, int64_t bucket, const cells::Seen& seen) {
    GK_CHECK(bucket == (seen.minute & 15), "a lap stands in its slot");
    if (seen.minute <= to - 5 || seen.minute > to) return;
    for (const auto& [player, at] : seen.by_player) {
      auto& [event, end] = last.try_emplace(player, INT64_MIN, INT64_MIN).first->second;
      if (at.event >= 0) event = std::max(event, seen.minute * 60'000 + at.event);
      if (at.end >= 0) end = std::max(end, seen.minute * 60'000 + at.end);
    }
  });
  for (const auto& [player, at] : last) {
    if (at.first > at.second) out.online.insert(r.id(player));
  }
}

void read_rest(const Reader& r, Answers& out) {
  r.cells().each<cells::Matches>(cells::kMatches, [&](KeyReader, int64_t hour, const cells::Matches& matches) {
    for (const auto& [hash, minute] : matches.minute_by_hash) ++out.matches[hour + minute * 60'000];
  });
  r.cells().each<cells::Gaps>(cells::kGaps, [&](KeyReader key, int64_t first, const cells::Gaps& gaps) {
    GK_CHECK(key.day() == cells::utc_day(first), "gaps stand under their day");
    const std::string player(key.text16()), session(key.rest());
    out.gaps[{player, session, first}] = gaps.missing;
  });
  r.cells().each<cells::Ledger>(cells::kLedger, [&](KeyReader key, int64_t, const cells::Ledger& l) {
    out.ledger[std::string(key.rest())] = {l.stored, l.repeated, l.dropped_total()};
  });
  r.cells().each<cells::Number>(cells::kNames, [&](KeyReader key, int64_t, const cells::Number& n) {
    out.names[std::string(key.rest())] = n.value;
  });
  r.cells().each<cells::Number>(cells::kOpenSessions, [&](KeyReader, int64_t minute, const cells::Number& n) {
    out.open_sessions[minute] = n.value;
  });
  r.cells().each<cells::Running>(cells::kRunningSessions, [&](KeyReader, int64_t last, const cells::Running& running) {
    for (const auto& [first, sessions] : running.by_first_minute) {
      for (const auto& [tuple, sketch] : sessions.by_tuple) {
        out.running_sessions[{r.tuple(tuple), first * cells::kMinuteMs, last}] = sketch.encode();
      }
    }
  });
}

}  // namespace

Answers found(MemorySeriesStore& store, const std::string& app, UnixMillis now) {
  const Reader r(store, app);
  Answers out;
  read_counts(r, cells::kCountsMinute, out.minute);
  read_counts(r, cells::kCountsHour, out.hour);
  read_counts(r, cells::kCountsDay, out.day);
  read_quarters(r, cells::kActiveQuarter, out.active_quarter, &out.active_all_quarter);
  read_quarters(r, cells::kActiveDay, out.active_day, &out.active_all_day);
  read_quarters(r, cells::kNewQuarter, out.new_players, &out.new_all);
  read_quarters(r, cells::kCohortQuarter, out.cohorts, static_cast<std::map<int64_t, Answers::Set>*>(nullptr));
  r.cells().each<cells::Players>(cells::kActiveZoneDay, [&](KeyReader, int64_t day, const cells::Players& set) {
    out.active_zone_day[day].merge(r.players(set));
  });
  read_sessions(r, cells::kSessionsMinute, out.sessions_minute);
  read_sessions(r, cells::kSessionsHour, out.sessions_hour);
  read_sessions(r, cells::kSessionsDay, out.sessions_day);
  read_measures(r, cells::kMeasureMinute, out.measures_minute);
  read_measures(r, cells::kMeasureDay, out.measures_day);
  read_money(r, out);
  read_concurrent(r, out);
  read_trails(r, out);
  read_online(r, out, now);
  read_rest(r, out);
  return out;
}

}  // namespace gamekeeper::processor::testing
