#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/embedded/cell_cache.h"
#include "adapters/embedded/checkpoints.h"
#include "adapters/embedded/files.h"
#include "adapters/embedded/sqlite.h"
#include "ports/series_store.h"

namespace gamekeeper::adapters {

/// Statements of one reading connection.
struct SeriesReader {
  sqlite::Database db;
  sqlite::Statement one, range, point, state;

  /// Errors: kNotFound while the file has no tables yet (it is being made).
  static Result<std::unique_ptr<SeriesReader>> open(const std::string& file) {
    auto db = sqlite::Database::open(file);
    if (!db) return std::unexpected(db.error());
    auto made = db->prepare("SELECT 1 FROM sqlite_master WHERE name='meta'");
    auto found = made ? made->step() : Result<bool>(std::unexpected(made.error()));
    if (!found) return std::unexpected(found.error());
    if (!*found) return fail(ErrorKind::kNotFound, "empty", "The partition has no tables yet.");
    *made = {};
    auto reader = std::make_unique<SeriesReader>();
    reader->db = std::move(*db);
    for (const auto& [slot, sql] : std::initializer_list<std::pair<sqlite::Statement*, const char*>>{
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

constexpr size_t kCachedBytesMax = 8 << 20;  // of each partition

/// One partition's file: its writer while it is claimed here, its readers, and what of it is kept in memory.
struct PartitionFile {
  ports::Partition partition = 0;
  std::string file, lock_file;
  Checkpoints* checkpoints = nullptr;
  std::mutex mutex;  // claim and commits
  std::optional<FileLock> lock;
  std::optional<sqlite::Database> db;
  sqlite::Statement put, remove, meta;
  std::mutex readers_mutex;
  std::vector<std::unique_ptr<SeriesReader>> readers;
  std::mutex state_mutex;
  std::optional<ports::PartitionState> state;  // kept while claimed here
  std::chrono::milliseconds sync_interval{};
  std::chrono::steady_clock::time_point sync_next{};
  CellCache cache{kCachedBytesMax};  // used while the partition is claimed here, and nobody else can write it

  bool is_claimed_here() {
    std::lock_guard guard(state_mutex);
    return state.has_value();
  }

  Result<std::unique_ptr<SeriesReader>> lend() {
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
    return SeriesReader::open(file);
  }
  void give_back(std::unique_ptr<SeriesReader> reader) {
    std::lock_guard guard(readers_mutex);
    if (readers.size() < 8) readers.push_back(std::move(reader));
  }
  Result<void> open_writer();
  Result<ports::Claim> claim(const std::string& owner);
  Result<void> commit(const ports::Claim& claim, ports::Position position, std::span<const ports::Cell> cells);
  Result<void> put_all(const ports::Claim& claim, ports::Position position, std::span<const ports::Cell> cells);
  Result<ports::PartitionState> read_state();
  /// Whether the visitor wants more. kNotFound: nothing was ever committed.
  Result<bool> scan(const ports::CellRange& range, const std::function<bool(const ports::CellView&)>& visit);
  Result<bool> scan_blocks(const ports::CellRange& range, const std::function<bool(const ports::CellView&)>& visit);
  Result<std::shared_ptr<const CellBlock>> read_block(const ports::CellRange& range, int64_t block);
};

}  // namespace gamekeeper::adapters
