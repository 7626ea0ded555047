#include "tests/chaos/world.h"

#include <set>

#include "tests/chaos/rows.h"

namespace gamekeeper::chaos {

using namespace gamekeeper::adapters;
using test::run;

namespace {

constexpr ports::Table kCounts = 7;

std::string body_of(const std::string& id, uint64_t version, size_t bytes) {
  return "{\"id\":\"" + id + "\",\"v\":" + std::to_string(version) + ",\"fill\":\"" + std::string(bytes, 'x') + "\"}";
}

}  // namespace

Result<void> World::open() {
  log_.reset(), series_.reset(), documents_.reset();
  auto documents = SqliteDocumentStore::open(folder_ + "/documents.db");
  if (!documents) return std::unexpected(documents.error());
  auto log = EmbeddedEventLog::open(folder_ + "/log", options_);
  if (!log) return std::unexpected(log.error());
  auto series = SqliteSeriesStore::open(folder_ + "/series", {.sync_interval = series_sync_interval});
  if (!series) return std::unexpected(series.error());
  auto claim = run((*series)->claim(0, "test"));
  if (!claim) return std::unexpected(claim.error());
  documents_ = std::move(*documents), log_ = std::move(*log), series_ = std::move(*series), claim_ = *claim,
  position_ = claim->position;
  return {};
}

Result<void> World::append(Journal& journal, std::mt19937_64& random) {
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

Result<void> World::fold() {
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

Result<void> World::write(Journal& journal, std::mt19937_64& random) {
  const std::string id = "d" + std::to_string(random() % 10);
  const uint64_t version = ++journal.written[id];
  const size_t fill = random() % 8 == 0 ? large_document_bytes : 50;
  ports::WriteSet set;
  set.puts.push_back({.collection = "things",
                      .id = id,
                      .body = body_of(id, version, fill),
                      .entries = {{"by_id", id, true}},
                      .expected = version - 1});
  auto ok = run(documents_->commit(std::move(set)));
  if (!ok) return std::unexpected(ok.error());
  journal.confirmed[id] = version;
  return {};
}

namespace {

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
  auto ok = run(world.series().scan(
      {.table = kCounts, .key_from = "a", .key_to = "z"},
      [&](const ports::CellView& cell) {
        cells[std::string(cell.key)] = std::string(cell.value);
        return true;
      },
      std::nullopt));
  if (!ok) return bad.push_back("series: " + ok.error().message);
  for (const std::string& id : found) {
    if (cells[id] != "1")
      return bad.push_back("series: " + id + " counted " + std::to_string(cells[id].size()) + " times");
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
    if (version < least || version > written)
      return bad.push_back("documents: " + id + " is at version " + std::to_string(version) + ", confirmed " +
                           std::to_string(least));
    if (version > 0 && !(*document)->body.starts_with("{\"id\":\"" + id + "\",\"v\":" + std::to_string(version) + ","))
      return bad.push_back("documents: " + id + " has another body");
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

}  // namespace

Violations check(World& world, Journal& journal) {
  Violations bad;
  std::vector<std::string> found;
  check_log(world, journal, bad, found);
  if (bad.empty()) check_series(world, found, bad);
  check_documents(world, journal, bad);
  settle(world, journal, found);
  return bad;
}

}  // namespace gamekeeper::chaos
