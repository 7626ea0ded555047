#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "events/event.h"
#include "insight/analytics/analytics.h"
#include "insight/analytics/testing/memory_log.h"
#include "insight/analytics/testing/memory_series.h"
#include "insight/analytics/testing/run.h"
#include "insight/processor/fold.h"

namespace gamekeeper::analytics::testing {

inline constexpr int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;  // ms

/// An event that owns its texts; all dimensions are its own.
struct Sent {
  std::string app = "arena", key = "k1", name = "tick", player = "p", session;
  events::Kind kind = events::Kind::kOther;
  UnixMillis time = 0;
  uint64_t seq = 0, id = 0;
  std::string platform, country, version;
  int64_t micros = 0;
  std::string currency;
  bool severe = false;
  std::string match;
  std::vector<std::pair<std::string, double>> measures;

  std::string row() const {
    events::EventView e;
    e.app = app, e.key = key, e.name = name, e.player_id = player, e.session_id = session, e.kind = kind;
    e.source = kind == events::Kind::kFact ? events::Source::kBackend : events::Source::kServer;
    e.received_at = time, e.time = time, e.seq = seq;
    for (size_t i = 0; i < 8; ++i) e.id.bytes[i] = static_cast<uint8_t>(id >> (8 * i));
    e.has_platform = e.has_country = e.has_version = true;
    e.platform = platform, e.country = country, e.version = version;
    e.amount_micros = micros, e.currency = currency, e.severe = severe, e.match_id = match;
    std::vector<events::Measure> m;
    for (const auto& [property, value] : measures) m.push_back({property, value});
    e.measures = m;
    std::string row;
    events::append_row(row, e);
    return row;
  }
};

class FixedLedger final : public LedgerSources {
 public:
  Task<Result<std::vector<std::string>>> keys(std::string) override { co_return std::vector<std::string>{"k1", "k9"}; }
  Task<Result<uint64_t>> rejected(std::string, std::string key) override { co_return key == "k9" ? 7u : 0u; }
  Task<Result<uint64_t>> open_dead_letters(std::string) override { co_return 3u; }
};

/// Two partitions, the real fold, and analytics over what it wrote.
class World {
 public:
  static constexpr uint32_t kPartitions = 2;

  explicit World(UnixMillis now, std::string zone = "UTC") : clock(now) {
    processor::FoldOptions options;
    options.settings = [zone](std::string_view) { return processor::AppSettings{.timezone = zone}; };
    for (uint32_t p = 0; p < kPartitions; ++p) {
      claims_.push_back(*run(series.claim(p, "test")));
      folds_.push_back(std::make_unique<processor::PartitionFold>(series, p, options));
    }
  }

  void send(const Sent& e) { log.add(events::partition_of(e.app, e.player, kPartitions), e.row()); }
  void fold() {
    for (uint32_t p = 0; p < kPartitions; ++p) {
      std::string rows;
      for (size_t i = folded_[p]; i < log.rows(p).size(); ++i) rows += log.rows(p)[i];
      if (rows.empty()) continue;
      folded_[p] = log.rows(p).size();
      GK_CHECK(run(folds_[p]->fold(rows)).has_value(), "folds");
      const auto cells = run(folds_[p]->drain());
      GK_CHECK(cells.has_value(), "drains");
      GK_CHECK(run(series.commit(claims_[p], {folded_[p] + 1}, *cells)).has_value(), "commits");
      folds_[p]->committed();
    }
  }
  void send_and_fold(const std::vector<Sent>& events) {
    for (const Sent& e : events) send(e);
    fold();
  }

  boost::json::value ask(std::string query, std::string key = {}) {
    auto answer = run(analytics.answer("arena", std::move(key), {.query = std::move(query)}, false));
    GK_CHECK(answer.has_value(), "answers");
    return boost::json::parse(answer->body);
  }
  /// The first error's code.
  std::string code(std::string query) {
    const auto answer = ask(std::move(query));
    const auto* errors = answer.as_object().if_contains("errors");
    return errors ? std::string(errors->at(0).at("extensions").at("code").as_string()) : "";
  }
  boost::json::value data(std::string query) {
    auto answer = ask(std::move(query));
    GK_CHECK(!answer.as_object().contains("errors"), boost::json::serialize(answer).c_str());
    return answer.at("data");
  }
  Query query() { return *run(analytics.begin("arena")); }

  ManualClock clock;
  MemorySeries series{kPartitions};
  MemoryLog log{kPartitions};
  FixedLedger ledger;
  Analytics analytics{series, log, ledger,
                      [](const std::string&, const std::string& event, const std::string&) { return event == "jump"; },
                      clock};

 private:
  std::vector<ports::Claim> claims_;
  std::vector<std::unique_ptr<processor::PartitionFold>> folds_;
  std::map<uint32_t, size_t> folded_;
};

}  // namespace gamekeeper::analytics::testing
