#include "adapters/embedded/sqlite_series_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "adapters/embedded/cell_cache.h"
#include "adapters/embedded/checkpoints.h"
#include "adapters/embedded/files.h"
#include "adapters/embedded/sqlite.h"
#include "base/crash_point.h"

namespace gamekeeper::adapters {

using ports::Cell;
using ports::CellKey;
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

/// Statements of one reading connection.
struct Reader {
  Database db;
  Statement one, range, point, state;

  /// Errors: kNotFound while the file has no tables yet (it is being made).
  static Result<std::unique_ptr<Reader>> open(const std::string& file) {
    auto db = Database::open(file);
    if (!db) return std::unexpected(db.error());
    auto made = db->prepare("SELECT 1 FROM sqlite_master WHERE name='meta'");
    auto found = made ? made->step() : Result<bool>(std::unexpected(made.error()));
    if (!found) return std::unexpected(found.error());
    if (!*found) return fail(ErrorKind::kNotFound, "empty", "The partition has no tables yet.");
    *made = {};
    auto reader = std::make_unique<Reader>();
    reader->db = std::move(*db);
    for (const auto& [slot, sql] : std::initializer_list<std::pair<Statement*, const char*>>{
             {&reader->one, "SELECT value FROM cells WHERE tbl=?1 AND key=?2 AND bucket=?3"},
             {&reader->range,
              "SELECT key, bucket, value FROM cells WHERE tbl=?1 AND key>=?2 AND key<?3 AND bucket>=?4 AND bucket<?5 "
              "ORDER BY key, bucket"},
             {&reader->point,
              "SELECT key, bucket, value FROM cells WHERE tbl=?1 AND key=?2 AND bucket>=?3 AND bucket<?4 ORDER BY "
              "bucket"},
             {&reader->state, "SELECT position, epoch, owner, commits FROM meta"}}) {
      auto statement = reader->db.prepare(sql);
      if (!statement) return std::unexpected(statement.error());
      *slot = std::move(*statement);
    }
    return reader;
  }
};

}  // namespace

/// One partition's file: a writing connection while claimed, reading connections lent out.
constexpr size_t kCachedBytesMax = 8 << 20;  // of each partition

struct PartitionFile {
  Partition partition = 0;
  std::string file, lock_file;
  Checkpoints* checkpoints = nullptr;
  std::mutex mutex;  // claim and commits
  std::optional<FileLock> lock;
  std::optional<Database> db;
  Statement put, remove, meta;
  std::mutex readers_mutex;
  std::vector<std::unique_ptr<Reader>> readers;
  std::mutex state_mutex;
  std::optional<PartitionState> state;  // kept while claimed here
  std::chrono::milliseconds sync_interval{};
  std::chrono::steady_clock::time_point sync_next{};
  CellCache cache{kCachedBytesMax};  // used while the partition is claimed here, and nobody else can write it

  bool is_claimed_here() {
    std::lock_guard guard(state_mutex);
    return state.has_value();
  }

  Result<std::unique_ptr<Reader>> lend() {
    {
      std::lock_guard guard(readers_mutex);
      if (!readers.empty()) {
        auto reader = std::move(readers.back());
        readers.pop_back();
        return reader;
      }
    }
    if (!std::filesystem::exists(file))  // nothing was ever committed to it
      return fail(ErrorKind::kNotFound, "not_found", "The partition has no file yet.");
    return Reader::open(file);
  }
  void give_back(std::unique_ptr<Reader> reader) {
    std::lock_guard guard(readers_mutex);
    if (readers.size() < 8) readers.push_back(std::move(reader));
  }
  Result<void> open_writer();
  Result<Claim> claim(const std::string& owner);
  Result<void> commit(const Claim& claim, Position position, std::span<const Cell> cells);
  Result<void> put_all(const Claim& claim, Position position, std::span<const Cell> cells);
  Result<PartitionState> read_state();
  /// Whether the visitor wants more. kNotFound: nothing was ever committed.
  Result<bool> scan(const CellRange& range, const std::function<bool(const CellView&)>& visit);
  Result<bool> scan_blocks(const CellRange& range, const std::function<bool(const CellView&)>& visit);
  Result<std::shared_ptr<const CellBlock>> read_block(const CellRange& range, int64_t block);
};

/// Short stretches of one key: what charts ask for, again and again.
bool is_cached(const CellRange& range) {
  constexpr int64_t kFar = int64_t{1} << 60;  // differences of nearer ones do not overflow
  if (!range.key_to.empty() || range.bucket_from < -kFar || range.bucket_to > kFar) return false;
  return range.bucket_to - range.bucket_from <= 16 * CellBlock::kWidth;
}

struct SqliteSeriesStore::Impl {
  explicit Impl(const SeriesStoreOptions& o) : options(o), checkpoints("series", o.metrics) {}

  std::string folder;
  SeriesStoreOptions options;
  Checkpoints checkpoints;
  std::mutex mutex;
  std::map<Partition, std::unique_ptr<PartitionFile>> files;

  PartitionFile& file_of(Partition partition) {
    std::lock_guard guard(mutex);
    auto& slot = files[partition];
    if (!slot) {
      slot = std::make_unique<PartitionFile>();
      slot->partition = partition;
      slot->sync_interval = options.sync_interval;
      slot->checkpoints = &checkpoints;
      slot->file = fmt::format("{}/p{:02}.db", folder, partition);
      slot->lock_file = fmt::format("{}/p{:02}.lock", folder, partition);
    }
    return *slot;
  }

  /// Partitions that have a file, in order. The folder is looked at once a second: another process may add some.
  std::vector<PartitionFile*> existing() {
    const auto now = std::chrono::steady_clock::now();
    bool look = false;
    {
      std::lock_guard guard(mutex);
      look = now >= look_again;
      if (look) look_again = now + std::chrono::seconds(1);
    }
    if (look) {
      std::error_code ignored;
      for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with('p') && name.ends_with(".db")) file_of(static_cast<Partition>(std::stoul(name.substr(1))));
      }
    }
    std::vector<PartitionFile*> out;
    std::lock_guard guard(mutex);
    for (auto& [partition, file] : files) out.push_back(file.get());
    return out;
  }

  std::chrono::steady_clock::time_point look_again{};
};

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

SqliteSeriesStore::SqliteSeriesStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteSeriesStore::~SqliteSeriesStore() = default;

Result<std::unique_ptr<SqliteSeriesStore>> SqliteSeriesStore::open(std::string folder, SeriesStoreOptions options) {
  if (auto ok = make_folder(folder); !ok) return std::unexpected(ok.error());
  auto impl = std::make_unique<Impl>(options);
  impl->folder = std::move(folder);
  return std::unique_ptr<SqliteSeriesStore>(new SqliteSeriesStore(std::move(impl)));
}

Task<Result<Claim>> SqliteSeriesStore::claim(Partition partition, std::string owner) {
  co_return impl_->file_of(partition).claim(owner);
}

Task<Result<void>> SqliteSeriesStore::release(const Claim& claim) {
  PartitionFile& file = impl_->file_of(claim.partition);
  std::lock_guard guard(file.mutex);
  std::lock_guard state_guard(file.state_mutex);
  if (file.state && file.state->epoch == claim.epoch) {
    file.state.reset();
    file.cache.clear();
    file.put = {};
    file.remove = {};
    file.meta = {};
    file.db.reset();
    file.lock.reset();
  }
  co_return Result<void>{};
}

Task<Result<void>> SqliteSeriesStore::commit(const Claim& claim, Position position, std::span<const Cell> cells) {
  co_return impl_->file_of(claim.partition).commit(claim, position, cells);
}

Task<Result<std::vector<std::optional<std::string>>>> SqliteSeriesStore::get(Partition partition,
                                                                             std::span<const CellKey> keys) {
  PartitionFile& file = impl_->file_of(partition);
  std::vector<std::optional<std::string>> out(keys.size());
  auto reader = file.lend();
  if (!reader && reader.error().kind == ErrorKind::kNotFound) co_return out;  // being made just now
  if (!reader) co_return std::unexpected(reader.error());
  std::vector<size_t> order(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return keys[a] < keys[b]; });
  // One read transaction for all, so that each look-up does not take the WAL's lock anew.
  if (auto ok = (*reader)->db.exec("BEGIN"); !ok) co_return std::unexpected(ok.error());
  Statement& one = (*reader)->one;
  for (size_t i : order) {
    auto row = one.bind(1, keys[i].table).blob(2, keys[i].key).bind(3, keys[i].bucket).step();
    if (!row) co_return std::unexpected(row.error());
    if (*row) out[i] = std::string(one.bytes(0));
    one.reset();
  }
  if (auto ok = (*reader)->db.exec("COMMIT"); !ok) co_return std::unexpected(ok.error());
  file.give_back(std::move(*reader));
  co_return out;
}

Task<Result<void>> SqliteSeriesStore::scan(const CellRange& range, std::function<bool(const CellView&)> visit,
                                           std::optional<Partition> partition) {
  std::vector<PartitionFile*> files;
  if (partition)
    files.push_back(&impl_->file_of(*partition));
  else
    files = impl_->existing();
  for (PartitionFile* file : files) {
    auto more =
        is_cached(range) && file->is_claimed_here() ? file->scan_blocks(range, visit) : file->scan(range, visit);
    if (!more && more.error().kind == ErrorKind::kNotFound) continue;
    if (!more) co_return std::unexpected(more.error());
    if (!*more) break;
  }
  co_return Result<void>{};
}

Task<Result<std::vector<PartitionState>>> SqliteSeriesStore::states() {
  std::vector<PartitionState> out;
  for (PartitionFile* file : impl_->existing()) {
    {
      std::lock_guard guard(file->state_mutex);
      if (file->state) {
        out.push_back(*file->state);
        continue;
      }
    }
    auto state = file->read_state();
    if (!state) co_return std::unexpected(state.error());
    out.push_back(std::move(*state));
  }
  co_return out;
}

}  // namespace gamekeeper::adapters
