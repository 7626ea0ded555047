#include "checker.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <set>

#include "insight/analytics/analytics.h"
#include "insight/processor/cells.h"
#include "insight/processor/testing/oracle.h"
#include "tests/support/run_task.h"

namespace gamekeeper::simulation {
namespace {

using processor::testing::Answers;
using processor::testing::Sent;
using Complaints = std::vector<std::string>;

/// The row as the slow program wants it.
Sent sent_of(const events::EventView& e) {
  Sent s;
  s.app = e.app, s.key = e.key, s.name = e.name, s.player = e.player_id, s.session = e.session_id;
  s.source = e.source, s.kind = e.kind;
  s.received = e.received_at, s.sent = e.sent_at, s.time = e.time, s.seq = e.seq;
  for (size_t i = 0; i < 8; ++i) s.id |= static_cast<uint64_t>(e.id.bytes[i]) << (8 * i);
  if (e.has_platform) s.platform = e.platform;
  if (e.has_country) s.country = e.country;
  if (e.has_version) s.version = e.version;
  s.micros = e.amount_micros, s.currency = e.currency, s.sink = e.sink, s.severe = e.severe, s.match = e.match_id;
  for (const auto& m : e.measures) s.measures.emplace_back(m.property, m.value);
  return s;
}

struct InLog {
  std::vector<std::vector<Sent>> by_partition;
  std::map<std::string, uint64_t> by_key;
  std::set<std::string> identities;
};

/// Everything in the log was sent, as it stands there.
InLog read_log(World& world, Complaints& out) {
  InLog in;
  in.by_partition.resize(kPartitions);
  const auto& journal = world.traffic().journal();
  for (ports::Partition p = 0; p < kPartitions; ++p) {
    for (const std::string& row : world.log().rows[p]) {
      events::RowReader reader(row);
      events::EventView e;
      GK_CHECK(reader.next(e), "the log holds rows");
      constexpr std::string_view kBefore = R"({"n":)";
      uint64_t serial = UINT64_MAX;
      if (e.properties.starts_with(kBefore)) {
        std::from_chars(e.properties.data() + kBefore.size(), e.properties.data() + e.properties.size(), serial);
      }
      if (serial >= journal.size()) {
        out.push_back("ghost: the log holds an event that nobody sent");
        continue;
      }
      const Said& said = journal[serial];
      if (said.app != e.app || said.key != e.key || said.name != e.name || said.player != e.player_id ||
          said.session != e.session_id || said.seq != e.seq || said.time != e.time) {
        out.push_back(fmt::format("corrupt: event {} is not what was sent", serial));
      }
      in.identities.insert(said.identity());
      ++in.by_key[std::string(e.key)];
      in.by_partition[p].push_back(sent_of(e));
    }
  }
  return in;
}

void check_nothing_lost(World& world, const InLog& in, Complaints& out) {
  for (const Said& said : world.traffic().journal()) {
    if (said.acknowledged && !in.identities.contains(said.identity())) {
      out.push_back(fmt::format("lost: event {} was acknowledged and is not in the log", said.serial));
    }
  }
}

/// The cells of each partition are those that the slow program finds from its log.
void check_cells(World& world, const InLog& in, Complaints& out) {
  for (ports::Partition p = 0; p < kPartitions; ++p) {
    const auto& log = in.by_partition[p];
    if (log.empty()) continue;
    UnixMillis newest = 0;
    for (const Sent& e : log) newest = std::max(newest, e.received);
    const UnixMillis now = cells::floor_to(newest, cells::kMinuteMs) + cells::kMinuteMs - 1;
    processor::testing::MemorySeriesStore one;
    one.cells() = world.store().cells.cells(p);
    for (const std::string app : kApps) {
      const Answers want = expected(log, app, now, *TimeZone::find(zone_of(app)));
      const Answers got = found(one, app, now);
      auto same = [&](const char* what, const auto& a, const auto& b) {
        if (a != b) out.push_back(fmt::format("partition {}, app {}: {} differ from the obvious answer", p, app, what));
      };
#define SAME(field) same(#field, want.field, got.field)
      SAME(minute), SAME(hour), SAME(day), SAME(active_quarter), SAME(active_day), SAME(active_all_quarter);
      SAME(active_all_day), SAME(active_zone_day), SAME(new_players), SAME(new_all), SAME(cohorts);
      SAME(revenue_minute), SAME(revenue_day), SAME(payers_quarter), SAME(payers_day), SAME(economy_hour);
      SAME(sessions_minute), SAME(sessions_hour), SAME(sessions_day), SAME(concurrent), SAME(measures_minute);
      SAME(measures_day), SAME(matches), SAME(trails), SAME(gaps), SAME(ledger), SAME(names), SAME(open_sessions);
      SAME(online);
#undef SAME
    }
  }
}

class Ledgers final : public analytics::LedgerSources {
 public:
  explicit Ledgers(ports::DocumentStore& store) : letters_(store) {}
  Task<Result<std::vector<std::string>>> keys(std::string app) override {
    co_return app == "arena" ? std::vector<std::string>{"k1", "k2"} : std::vector<std::string>{"k3"};
  }
  Task<Result<uint64_t>> rejected(std::string app, std::string key) override { return letters_.refused(app, key); }
  Task<Result<uint64_t>> open_dead_letters(std::string app) override { return letters_.open_count(app); }

 private:
  ingest::DeadLetters letters_;
};

/// What a reader of charts is told: nothing is pending, the books balance, and every event is in its day.
void check_answers(World& world, const InLog& in, Complaints& out) {
  Process reader(world.fate(), "reader");
  SimLog log(reader, world.log());
  SimStore store(reader, world.store());
  Ledgers ledgers(world.documents());
  SystemClock clock;
  analytics::Analytics analytics(
      store, log, ledgers, [](const auto&, const auto&, const auto&) { return false; }, clock);
  constexpr const char* kQuestion =
      R"({ ledger { pending balanced rows { key accepted stored repeated dropped rejected } }
           series(metric: EVENTS, from: "2026-12-01T00:00:00Z", to: "2027-03-01T00:00:00Z", step: DAY) { total } })";
  for (const std::string app : kApps) {
    auto answer = test::run(analytics.answer(app, "", {.query = kQuestion}, true));
    const auto body = boost::json::parse(answer ? answer->body : R"({"errors":[]})");
    if (body.as_object().contains("errors")) {
      out.push_back(app + ": the question is not answered: " + boost::json::serialize(body));
      continue;
    }
    const auto& ledger = body.at("data").at("ledger");
    if (ledger.at("pending").to_number<int64_t>() != 0 || !ledger.at("balanced").as_bool()) {
      out.push_back(app + ": the ledger does not balance: " + boost::json::serialize(ledger));
    }
    int64_t stored = 0;
    for (const auto& row : ledger.at("rows").as_array()) {
      const std::string key(row.at("key").as_string());
      const auto at = in.by_key.find(key);
      stored += row.at("stored").to_number<int64_t>();
      if (row.at("accepted").to_number<uint64_t>() != (at == in.by_key.end() ? 0 : at->second)) {
        out.push_back(app + ": accepted is not what the log holds: " + boost::json::serialize(row));
      }
      if (row.at("rejected").to_number<uint64_t>() < world.traffic().refused_acknowledged(key)) {
        out.push_back(app + ": refused events are missing: " + boost::json::serialize(row));
      }
    }
    const auto& series = body.at("data").at("series").as_array();
    const double total = series.empty() ? 0 : series.at(0).at("total").to_number<double>();
    if (total != static_cast<double>(stored)) {
      out.push_back(fmt::format("{}: the chart shows {} events and the ledger {}", app, total, stored));
    }
  }
}

}  // namespace

std::vector<std::string> complaints_about(World& world) {
  Complaints out = world.store().complaints;
  const InLog in = read_log(world, out);
  check_nothing_lost(world, in, out);
  check_cells(world, in, out);
  check_answers(world, in, out);
  return out;
}

Verdict simulate(const Plan& plan) {
  World world(plan);
  Verdict verdict;
  if (!world.live()) verdict.complaints.push_back("the log was not folded to its end within ten minutes of peace");
  for (auto& complaint : complaints_about(world)) verdict.complaints.push_back(std::move(complaint));
  verdict.trace_hash = world.trace_hash();
  verdict.kills = world.kills();
  verdict.events = world.traffic().journal().size();
  return verdict;
}

}  // namespace gamekeeper::simulation
