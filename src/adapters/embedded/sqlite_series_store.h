#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "ports/series_store.h"

namespace gamekeeper::adapters {

struct SeriesStoreOptions {
  std::chrono::milliseconds sync_interval{5000};  // a commit so long after the last synced one is synced
  Metrics* metrics = nullptr;                     // must live as long as the store
};

/// SeriesStore in one SQLite file a partition: <folder>/p00.db. WAL, synced every few seconds: after a power loss the
/// last commits may be missing, cells and position together, and the fold goes on from there; a consistent past is
/// all that a derived store has to promise. A claim holds a lock on <folder>/p00.lock.
class SqliteSeriesStore final : public ports::SeriesStore {
 public:
  /// Errors: kUnavailable (folder cannot be made or written), kCorrupt.
  static Result<std::unique_ptr<SqliteSeriesStore>> open(std::string folder, SeriesStoreOptions options = {});
  ~SqliteSeriesStore() override;

  Task<Result<ports::Claim>> claim(ports::Partition partition, std::string owner) override;
  Task<Result<void>> release(const ports::Claim& claim) override;
  Task<Result<void>> commit(const ports::Claim& claim, ports::Position position,
                            std::span<const ports::Cell> cells) override;
  Task<Result<std::vector<std::optional<std::string>>>> get(ports::Partition partition,
                                                            std::span<const ports::CellKey> keys) override;
  Task<Result<void>> scan(const ports::CellRange& range, std::function<bool(const ports::CellView&)> visit,
                          std::optional<ports::Partition> partition) override;
  Task<Result<std::vector<ports::PartitionState>>> states() override;

 private:
  struct Impl;
  explicit SqliteSeriesStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamekeeper::adapters
