#include "adapters/embedded/sqlite_series_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "adapters/embedded/series_partition.h"

namespace gamekeeper::adapters {

using ports::Cell;
using ports::CellKey;
using ports::CellRange;
using ports::CellView;
using ports::Claim;
using ports::Partition;
using ports::PartitionState;
using ports::Position;
using sqlite::Statement;

namespace {

/// Short stretches of one key: what charts ask for, again and again.
bool is_cached(const CellRange& range) {
  constexpr int64_t kFar = int64_t{1} << 60;  // differences of nearer ones do not overflow
  if (!range.key_to.empty() || range.bucket_from < -kFar || range.bucket_to > kFar) return false;
  return range.bucket_to - range.bucket_from <= 16 * CellBlock::kWidth;
}

}  // namespace

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