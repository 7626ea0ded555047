// RELIABILITY R2: the power goes in the midst of work, with the event log, the series store and the document store open.
// Whatever was acknowledged is there afterwards, and a fold that goes on from its position counts every event once.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

#include "adapters/embedded/embedded_event_log.h"
#include "adapters/embedded/sqlite_document_store.h"
#include "adapters/embedded/sqlite_series_store.h"
#include "tests/chaos/disk.h"
#include "tests/chaos/faults.h"
#include "tests/chaos/rows.h"

namespace gamekeeper::chaos {
namespace {

using namespace gamekeeper::adapters;
using test::run;

/// What was asked of the stores and what they have confirmed.
struct Journal {
  std::vector<std::string> sent, acknowledged;               // events, in order
  uint64_t names = 0;
  std::map<std::string, uint64_t> written, confirmed;        // document → version
};

constexpr ports::Table kCounts = 7;

std::string body_of(const std::string& id, uint64_t version, size_t bytes) {
  return "{\"id\":\"" + id + "\",\"v\":" + std::to_string(version) + ",\"fill\":\"" + std::string(bytes, 'x') + "\"}";
}

/// The three stores on one folder, with one thing to do at a time.
class World {
 public:
  World(std::string folder, uint64_t seed) : folder_(std::move(folder)), seed_(seed) {}

  Result<void> open() {
    log_.reset(), series_.reset(), documents_.reset();
    const EmbeddedLogOptions options{.partitions = 1, .segment_bytes = 20'000, .tail_bytes_max = seed_ % 2 ? 1u : 1u << 20,
                                     .checkpoint_bytes = seed_ % 3 ? 20'000u : 1u << 20, .checkpoint_interval = std::chrono::milliseconds(1)};
    auto documents = SqliteDocumentStore::open(folder_ + "/documents.db");
    if (!documents) return std::unexpected(documents.error());
    auto log = EmbeddedEventLog::open(folder_ + "/log", options);
    if (!log) return std::unexpected(log.error());
    auto series = SqliteSeriesStore::open(folder_ + "/series");
    if (!series) return std::unexpected(series.error());
    auto claim = run((*series)->claim(0, "test"));
    if (!claim) return std::unexpected(claim.error());
    documents_ = std::move(*documents), log_ = std::move(*log), series_ = std::move(*series), claim_ = *claim, position_ = claim->position;
    return {};
  }

  /// A few batches at once, which the log may coalesce.
  Result<void> append(Journal& journal, std::mt19937_64& random) {
    std::vector<ports::PartitionBatch> batches;
    std::vector<std::vector<std::string>> ids(1 + random() % 3);
    for (auto& batch : ids) {
      for (uint64_t n = 1 + random() % 20; n > 0; --n) {
        batch.push_back("e" + std::to_string(journal.names++));
        journal.sent.push_back(batch.back());
      }
      batches.push_back(batch_of(0, batch, random() % 4 == 0 ? 900 : 20));
    }
    auto outcomes = run(log_->append(std::move(batches)));
    for (size_t i = 0; i < ids.size(); ++i) {
      if (!outcomes.at(i)) return std::unexpected(outcomes[i].error());
      journal.acknowledged.insert(journal.acknowledged.end(), ids[i].begin(), ids[i].end());
    }
    return {};
  }

  /// Counts what is new on the log, one cell an event, in one commit with the position.
  Result<void> fold() {
    auto content = read_log(*log_, 0, position_);
    if (!content) return std::unexpected(content.error());
    std::vector<ports::CellKey> keys;
    for (const std::string& id : content->ids) keys.push_back({kCounts, id, 0});
    auto before = run(series_->get(0, keys));
    if (!before) return std::unexpected(before.error());
    std::vector<ports::Cell> cells;
    for (size_t i = 0; i < keys.size(); ++i) cells.push_back({keys[i], (*before)[i].value_or("") + "1"});
    auto ok = run(series_->commit(claim_, content->next, cells));
    if (ok) position_ = content->next;
    return ok;
  }

  Result<void> write(Journal& journal, std::mt19937_64& random) {
    const std::string id = "d" + std::to_string(random() % 10);
    const uint64_t version = ++journal.written[id];
    const size_t fill = random() % 8 == 0 ? 200'000 : 50;
    ports::WriteSet set;
    set.puts.push_back({.collection = "things", .id = id, .body = body_of(id, version, fill), .entries = {{"by_id", id, true}}, .expected = version - 1});
    auto ok = run(documents_->commit(std::move(set)));
    if (!ok) return std::unexpected(ok.error());
    journal.confirmed[id] = version;
    return {};
  }

  ports::EventLog& log() { return *log_; }
  ports::SeriesStore& series() { return *series_; }
  ports::DocumentStore& documents() { return *documents_; }

 private:
  std::string folder_;
  uint64_t seed_;
  std::unique_ptr<SqliteDocumentStore> documents_;
  std::unique_ptr<EmbeddedEventLog> log_;
  std::unique_ptr<SqliteSeriesStore> series_;
  ports::Claim claim_;
  ports::Position position_;
};

/// Works until the power goes or enough has been done.
Result<void> work(World& world, Journal& journal, uint64_t seed) {
  std::mt19937_64 random(seed);
  auto ok = world.open();
  for (int step = 0; ok && step < 60; ++step) {
    switch (random() % 12) {
      case 0: ok = world.open(); break;  // an orderly restart
      case 1: case 2: case 3: ok = world.fold(); break;
      case 4: case 5: case 6: ok = world.write(journal, random); break;
      default: ok = world.append(journal, random); break;
    }
  }
  return ok;
}

using Violations = std::vector<std::string>;

void check_log(World& world, const Journal& journal, Violations& bad, std::vector<std::string>& found) {
  auto content = read_log(world.log(), 0);
  if (!content) return bad.push_back("log: " + content.error().message);
  found = content->ids;
  size_t at = 0;
  for (const std::string& id : found) {  // in the order of sending, so also nothing twice and nothing unheard of
    while (at < journal.sent.size() && journal.sent[at] != id) ++at;
    if (at++ >= journal.sent.size()) return bad.push_back("log: " + id + " twice, out of order or never sent");
  }
  const std::set<std::string> all(found.begin(), found.end());
  for (const std::string& id : journal.acknowledged) {
    if (!all.contains(id)) return bad.push_back("log: " + id + " was acknowledged and is lost");
  }
}

void check_series(World& world, const std::vector<std::string>& found, Violations& bad) {
  if (auto ok = world.fold(); !ok) return bad.push_back("fold: " + ok.error().message);
  std::map<std::string, std::string> cells;
  auto ok = run(world.series().scan({.table = kCounts, .key_from = "a", .key_to = "z"}, [&](const ports::CellView& cell) {
    cells[std::string(cell.key)] = std::string(cell.value);
    return true;
  }, std::nullopt));
  if (!ok) return bad.push_back("series: " + ok.error().message);
  for (const std::string& id : found) {
    if (cells[id] != "1") return bad.push_back("series: " + id + " counted " + std::to_string(cells[id].size()) + " times");
  }
  if (cells.size() != found.size()) bad.push_back("series: counts events that are not on the log");
}

void check_documents(World& world, const Journal& journal, Violations& bad) {
  for (const auto& [id, written] : journal.written) {
    auto confirmed = journal.confirmed.find(id);
    const uint64_t least = confirmed == journal.confirmed.end() ? 0 : confirmed->second;
    auto document = run(world.documents().get("things", id));
    if (!document) return bad.push_back("documents: " + document.error().message);
    const uint64_t version = *document ? (*document)->version : 0;
    if (version < least || version > written) return bad.push_back("documents: " + id + " is at version " + std::to_string(version) + ", confirmed " + std::to_string(least));
    if (version > 0 && !(*document)->body.starts_with("{\"id\":\"" + id + "\",\"v\":" + std::to_string(version) + ",")) return bad.push_back("documents: " + id + " has another body");
  }
}

/// What was found counts as confirmed from now on: nothing may take it back.
void settle(World& world, Journal& journal, const std::vector<std::string>& found) {
  journal.sent = journal.acknowledged = found;
  for (auto& [id, version] : journal.written) {
    auto document = run(world.documents().get("things", id));
    journal.confirmed[id] = version = document && *document ? (*document)->version : 0;
  }
}

/// Works in `before` until the power goes, finds what is left in `after`.
Violations power_cycle(const std::string& before, const std::string& after, uint64_t seed, bool ignore_syncs, Journal& journal) {
  std::mt19937_64 random(seed * 7919);
  PowerPlan plan{.off_at = 1 + random() % (random() % 5 == 0 ? 80 : 1'200), .ignore_syncs = ignore_syncs};
  plan.remains = std::array{Remains::kNothing, Remains::kSome, Remains::kSome, Remains::kAll}[random() % 4];
  Disk disk(before, plan, seed);
  Violations bad;
  {
    Watching watching(before, disk);
    World world(before, seed);
    auto ok = work(world, journal, seed);
    if (!ok && !disk.off()) bad.push_back("with the power on: " + ok.error().message);
    disk.cut();
  }
  disk.leave(after);
  Faults none({});
  Watching quick(after, none);  // its syncs need no disk
  World world(after, seed);
  if (auto ok = world.open(); !ok) return bad.push_back("after the power came back: " + ok.error().message), bad;
  std::vector<std::string> found;
  check_log(world, journal, bad, found);
  if (bad.empty()) check_series(world, found, bad);
  check_documents(world, journal, bad);
  settle(world, journal, found);
  return bad;
}

/// Two power losses, one after the other.
Violations trial(uint64_t seed, bool ignore_syncs) {
  RamDir first, second, third;
  Journal journal;
  Violations bad = power_cycle(first.path(), second.path(), seed, ignore_syncs, journal);
  return bad.empty() ? power_cycle(second.path(), third.path(), seed + 1'000'000, ignore_syncs, journal) : bad;
}

TEST(PowerLoss, NothingAcknowledgedIsLostAndNothingCountsTwice) {
  for (uint64_t seed = 1; seed <= seeds(100); ++seed) {
    const Violations bad = trial(seed, false);
    ASSERT_EQ(bad, Violations{}) << "seed " << seed;
  }
}

// The same trial on a disk that lies about its syncs has to lose: else the test above proves nothing.
TEST(PowerLoss, IsSeenWhenSyncsAreIgnored) {
  uint64_t lost = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) lost += !trial(seed, true).empty();
  EXPECT_GT(lost, 0u);
  std::printf("with syncs ignored %lu of 20 seeds lose\n", static_cast<unsigned long>(lost));
}

}  // namespace
}  // namespace gamekeeper::chaos
