#include "adapters/embedded/series_partition.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crash_point.h"

namespace gamekeeper::adapters {

using ports::Cell;
using ports::CellRange;
using ports::CellView;
using ports::Claim;
using ports::Partition;
using ports::PartitionState;
using ports::Position;
using sqlite::Database;
using sqlite::Statement;

namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS cells(tbl INTEGER NOT NULL, key BLOB NOT NULL, bucket INTEGER NOT NULL, value BLOB NOT "
    "NULL, "
    "PRIMARY KEY(tbl, key, bucket)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS meta(one INTEGER PRIMARY KEY CHECK(one = 1), position INTEGER NOT NULL, epoch INTEGER "
    "NOT NULL, "
    "owner TEXT NOT NULL, commits INTEGER NOT NULL);"
    "INSERT OR IGNORE INTO meta VALUES(1, 0, 0, '', 0);";

}  // namespace

Result<void> PartitionFile::open_writer() {
  if (db) return {};
  auto opened = Database::open_writer(file);
  if (!opened) return std::unexpected(opened.error());
  for (const char* sql : {"PRAGMA page_size=8192", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                          "PRAGMA cache_size=-16384", kSchema}) {
    if (auto ok = opened->exec(sql); !ok) return ok;
  }
  checkpoints->follow(*opened);
  for (const auto& [slot, sql] : std::initializer_list<std::pair<Statement*, const char*>>{
           {&put,
            "INSERT INTO cells(tbl, key, bucket, value) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET "
            "value=excluded.value"},
           {&remove, "DELETE FROM cells WHERE tbl=?1 AND key=?2 AND bucket=?3"},
           {&meta, "UPDATE meta SET position=?1, commits=commits+1 WHERE epoch=?2"}}) {
    auto statement = opened->prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    *slot = std::move(*statement);
  }
  db = std::move(*opened);
  return {};
}

Result<PartitionState> PartitionFile::read_state() {
  auto reader = lend();
  if (!reader && reader.error().kind == ErrorKind::kNotFound) return PartitionState{.partition = partition};
  if (!reader) return std::unexpected(reader.error());
  auto row = (*reader)->state.step();
  if (!row) return std::unexpected(row.error());
  PartitionState out{.partition = partition};
  if (*row) {
    const Statement& s = (*reader)->state;
    out.position = Position{static_cast<uint64_t>(s.number(0))};
    out.epoch = static_cast<uint64_t>(s.number(1));
    out.owner = std::string(s.bytes(2));
    out.commits = static_cast<uint64_t>(s.number(3));
  }
  (*reader)->state.reset();
  give_back(std::move(*reader));
  return out;
}

Result<bool> PartitionFile::scan(const CellRange& range, const std::function<bool(const CellView&)>& visit) {
  auto reader = lend();
  if (!reader) return std::unexpected(reader.error());
  const bool point = range.key_to.empty();
  Statement& s = point ? (*reader)->point : (*reader)->range;
  s.bind(1, range.table).blob(2, range.key_from);
  if (point)
    s.bind(3, range.bucket_from).bind(4, range.bucket_to);
  else
    s.blob(3, range.key_to).bind(4, range.bucket_from).bind(5, range.bucket_to);
  bool more = true;
  while (more) {
    auto row = s.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    more = visit(CellView{partition, s.bytes(0), s.number(1), s.bytes(2)});
  }
  s.reset();
  give_back(std::move(*reader));
  return more;
}

Result<std::shared_ptr<const CellBlock>> PartitionFile::read_block(const CellRange& range, int64_t block) {
  uint64_t generation = 0;
  auto known = cache.find(range.table, range.key_from, block, generation);
  if (known) return known;
  auto read = std::make_shared<CellBlock>();
  const CellRange whole{range.table, range.key_from, {}, CellBlock::begin(block), CellBlock::begin(block + 1)};
  auto done = scan(whole, [&read](const CellView& cell) {
    read->is_whole = read->values.size() + cell.value.size() <= CellBlock::kBytesMax;
    if (read->is_whole) read->add(cell.bucket, cell.value);
    return read->is_whole;
  });
  if (!done) return std::unexpected(done.error());
  if (!read->is_whole) *read = CellBlock{.is_whole = false};
  cache.put(range.table, range.key_from, block, read, generation);
  return read;
}

Result<bool> PartitionFile::scan_blocks(const CellRange& range, const std::function<bool(const CellView&)>& visit) {
  for (int64_t block = CellBlock::of(range.bucket_from); CellBlock::begin(block) < range.bucket_to; ++block) {
    auto cells = read_block(range, block);
    if (!cells) return std::unexpected(cells.error());
    if (!(*cells)->is_whole) {
      CellRange part = range;
      part.bucket_from = std::max(range.bucket_from, CellBlock::begin(block));
      part.bucket_to = std::min(range.bucket_to, CellBlock::begin(block + 1));
      auto more = scan(part, visit);
      if (!more || !*more) return more;
      continue;
    }
    const std::vector<int64_t>& buckets = (*cells)->buckets;
    auto at = static_cast<size_t>(std::ranges::lower_bound(buckets, range.bucket_from) - buckets.begin());
    for (; at < buckets.size() && buckets[at] < range.bucket_to; ++at) {
      if (!visit(CellView{partition, range.key_from, buckets[at], (*cells)->value(at)})) return false;
    }
  }
  return true;
}

Result<Claim> PartitionFile::claim(const std::string& owner) {
  std::lock_guard guard(mutex);
  if (!lock) {
    auto taken = FileLock::take(lock_file, "partition_in_use",
                                fmt::format("Partition {} is folded by another process.", partition));
    if (!taken) return std::unexpected(taken.error());
    lock = std::move(*taken);
  }
  if (auto ok = open_writer(); !ok) return std::unexpected(ok.error());
  if (auto ok = db->exec("PRAGMA synchronous=FULL"); !ok) return std::unexpected(ok.error());
  auto raise = db->prepare("UPDATE meta SET epoch=epoch+1, owner=?1");
  if (!raise) return std::unexpected(raise.error());
  if (auto ok = raise->text(1, owner).run(); !ok) return std::unexpected(ok.error());
  auto now = read_state();
  if (!now) return std::unexpected(now.error());
  cache.clear();
  std::lock_guard state_guard(state_mutex);
  state = *now;
  state->durable = now->position;  // raising the epoch was synced, and with it all before
  return Claim{partition, owner, now->epoch, now->position};
}

Result<void> PartitionFile::put_all(const Claim& claim, Position position, std::span<const Cell> cells) {
  // In key order, so that neighbouring cells share a page while it is in the cache.
  std::vector<const Cell*> order;
  order.reserve(cells.size());
  for (const Cell& cell : cells) order.push_back(&cell);
  std::sort(order.begin(), order.end(), [](const Cell* a, const Cell* b) { return a->at < b->at; });
  for (const Cell* cell : order) {
    Statement& statement = cell->value.empty() ? remove : put;
    statement.bind(1, cell->at.table).blob(2, cell->at.key).bind(3, cell->at.bucket);
    if (!cell->value.empty()) statement.blob(4, cell->value);
    if (auto ok = statement.run(); !ok) return ok;
  }
  if (auto ok = meta.bind(1, static_cast<int64_t>(position.value)).bind(2, static_cast<int64_t>(claim.epoch)).run();
      !ok)
    return ok;
  if (sqlite3_changes(db->get()) != 1) {
    return fail(ErrorKind::kConflict, "fenced", "Another claim of this partition is newer.");
  }
  return {};
}

Result<void> PartitionFile::commit(const Claim& claim, Position position, std::span<const Cell> cells) {
  std::lock_guard guard(mutex);
  if (!db || !lock) return fail(ErrorKind::kConflict, "fenced", "The partition is not claimed here.");
  // A synced commit makes all before it durable too; the log may be trimmed up to there.
  const auto now = std::chrono::steady_clock::now();
  const bool synced = now >= sync_next;
  auto ok = db->exec(synced ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  if (ok) ok = db->exec("BEGIN IMMEDIATE");
  if (ok) ok = put_all(claim, position, cells);
  crash_point("commit.inside");
  if (ok) ok = db->exec("COMMIT");
  if (!ok) {
    if (!sqlite3_get_autocommit(db->get())) std::ignore = db->exec("ROLLBACK");
    cache.clear();
    return ok;
  }
  cache.forget(cells);  // before the commit's number is out: what is answered for it must hold it
  std::lock_guard state_guard(state_mutex);
  state->position = position;
  if (synced) {
    state->durable = position;
    sync_next = now + sync_interval;
  }
  ++state->commits;
  return {};
}

}  // namespace gamekeeper::adapters
