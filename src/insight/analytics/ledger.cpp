#include <algorithm>

#include "events/event.h"
#include "insight/analytics/response_cache.h"
#include "insight/analytics/status_service.h"

namespace gamekeeper::analytics {
namespace {

using std::chrono::steady_clock;

constexpr int kTries = 5;

std::unexpected<Error> corrupt() { return fail(ErrorKind::kCorrupt, "corrupt_cell", "A ledger cannot be read."); }

}  // namespace

Task<Result<LedgerAnswer>> StatusService::ledger(Query& asked) {
  asked.depends_on_time(asked.now);  // the log moves on without commits
  Query query = asked;               // its states are taken anew below
  LedgerAnswer answer;
  std::map<std::string, LedgerRow> rows;
  // What is folded and what waits must be of the same moment: look again when a commit came between.
  for (int n = 0; n < kTries; ++n) {
    rows.clear();
    answer = {};
    if (auto done = co_await add_folded(query, rows); !done) co_return std::unexpected(done.error());
    if (auto done = co_await add_pending(query, answer, rows); !done) co_return std::unexpected(done.error());
    auto balanced = co_await conserved(query);
    if (!balanced) co_return std::unexpected(balanced.error());
    answer.balanced = *balanced;
    auto states = co_await store_.states();
    if (!states) co_return std::unexpected(states.error());
    const bool same = commits_of(*states) == commits_of(query.states);
    query.states = std::move(*states);
    if (same) break;
  }
  auto keys = co_await ledger_.keys(query.app);
  if (!keys) co_return std::unexpected(keys.error());
  for (const std::string& key : *keys) rows[key];
  for (auto& [key, row] : rows) {
    auto rejected = co_await ledger_.rejected(query.app, key);
    if (!rejected) co_return std::unexpected(rejected.error());
    row.key = key;
    row.rejected = static_cast<int64_t>(*rejected);
    answer.rows.push_back(row);
  }
  co_return answer;
}

Task<Result<void>> StatusService::add_folded(Query& query, std::map<std::string, LedgerRow>& rows) {
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    const auto ledger = cells::Ledger::decode(cell.value);
    cells::KeyReader key(cell.key);
    key.text();
    if (!ledger || key.failed()) return !(bad = true);
    LedgerRow& row = rows[std::string(key.rest())];
    row.stored += ledger->stored;
    row.repeated += ledger->repeated;
    row.dropped += ledger->dropped_total();
    return true;
  };
  auto done = co_await store_.scan(cells::app_range(cells::kLedger, query.app, 0, 1), visit);
  if (!done) co_return done;
  if (bad) co_return corrupt();
  co_return Result<void>{};
}

Task<Result<void>> StatusService::add_pending(Query& query, LedgerAnswer& answer,
                                              std::map<std::string, LedgerRow>& rows) {
  size_t bytes_left = kTailBytesMax;
  for (ports::Partition p = 0; p < log_.partitions(); ++p) {
    ports::Position at;
    for (const auto& state : query.states) {
      if (state.partition == p) at = state.position;
    }
    auto bounds = co_await log_.bounds(p);
    if (!bounds) co_return std::unexpected(bounds.error());
    if (log_.distance(at, bounds->next) == 0) continue;
    auto reader = co_await log_.open(p, at);
    if (!reader) co_return std::unexpected(reader.error());
    while (at < bounds->next && bytes_left > 0) {
      auto chunk = co_await (*reader)->next(1 << 20, steady_clock::now() + std::chrono::milliseconds(100));
      if (!chunk) co_return std::unexpected(chunk.error());
      if (chunk->count == 0) break;
      events::RowReader events(chunk->rows);
      events::EventView event;
      while (events.next(event)) {
        if (event.app != query.app) continue;
        ++rows[std::string(event.key)].pending;
        ++answer.pending;
      }
      bytes_left -= std::min(bytes_left, chunk->rows.size() + 1);
      at = chunk->next;
    }
    answer.pending += static_cast<int64_t>(log_.distance(at, bounds->next));
  }
  co_return Result<void>{};
}

/// Whether every row that was folded is in some ledger, and every row that the log gave out up to the committed position
/// was folded (where the log still has its beginning).
Task<Result<bool>> StatusService::conserved(Query& query) {
  for (const auto& state : query.states) {
    int64_t counted = 0;
    bool bad = false;
    auto visit = [&](const ports::CellView& cell) {
      const auto ledger = cells::Ledger::decode(cell.value);
      if (!ledger) return !(bad = true);
      counted += ledger->stored + ledger->repeated + ledger->dropped_total();
      return true;
    };
    const ports::CellRange everything{.table = cells::kLedger, .key_from = "", .key_to = std::string(300, '\xff')};
    auto done = co_await store_.scan(everything, visit, state.partition);
    if (!done) co_return std::unexpected(done.error());
    const std::vector<ports::CellKey> wanted{{cells::kPartition, "", 0}};
    auto values = co_await store_.get(state.partition, wanted);
    if (!values) co_return std::unexpected(values.error());
    const auto info = values->at(0) ? cells::PartitionInfo::decode(*values->at(0)) : cells::PartitionInfo{};
    if (bad || !info) co_return corrupt();
    if (static_cast<uint64_t>(counted) != info->events) co_return false;
    if (state.partition >= log_.partitions()) continue;
    auto bounds = co_await log_.bounds(state.partition);
    if (!bounds) co_return std::unexpected(bounds.error());
    const bool untrimmed = log_.distance(ports::Position{}, bounds->first) == 0;
    if (untrimmed && log_.distance(ports::Position{}, state.position) != info->events) co_return false;
  }
  co_return true;
}

}  // namespace gamekeeper::analytics
