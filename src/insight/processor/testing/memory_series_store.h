#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "ports/series_store.h"

namespace gamekeeper::processor::testing {

/// A SeriesStore in memory, for tests and benches of the fold. Thread-safe. `fail_next` makes calls fail.
class MemorySeriesStore final : public ports::SeriesStore {
 public:
  using Cells = std::map<ports::CellKey, std::string>;

  Task<Result<ports::Claim>> claim(ports::Partition partition, std::string owner) override {
    std::lock_guard lock(mutex_);
    auto& p = partitions_[partition];
    p.state.partition = partition;
    p.state.owner = owner;
    ++p.state.epoch;
    co_return ports::Claim{partition, owner, p.state.epoch, p.state.position};
  }

  Task<Result<void>> release(const ports::Claim& claim) override {
    std::lock_guard lock(mutex_);
    auto& p = partitions_[claim.partition];
    if (p.state.epoch == claim.epoch) ++p.state.epoch, p.state.owner.clear();
    co_return Result<void>();
  }

  Task<Result<void>> commit(const ports::Claim& claim, ports::Position position,
                            std::span<const ports::Cell> cells) override {
    std::lock_guard lock(mutex_);
    if (!commit_failures.empty()) {
      const ErrorKind kind = commit_failures.back();
      commit_failures.pop_back();
      co_return fail(kind, "made_up", "The test wants this commit to fail.");
    }
    auto& p = partitions_[claim.partition];
    if (p.state.epoch != claim.epoch)
      co_return fail(ErrorKind::kConflict, "fenced", "A newer claim holds this partition.");
    put(p.cells, cells);
    p.state.position = position;
    ++p.state.commits;
    co_return Result<void>();
  }

  Task<Result<std::vector<std::optional<std::string>>>> get(ports::Partition partition,
                                                            std::span<const ports::CellKey> keys) override {
    std::lock_guard lock(mutex_);
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    const Cells& cells = partitions_[partition].cells;
    for (const auto& key : keys) {
      auto at = cells.find(key);
      values.push_back(at == cells.end() ? std::nullopt : std::optional(at->second));
    }
    co_return values;
  }

  Task<Result<void>> scan(const ports::CellRange& range, std::function<bool(const ports::CellView&)> visit,
                          std::optional<ports::Partition> only = std::nullopt) override {
    std::lock_guard lock(mutex_);
    for (const auto& [partition, p] : partitions_) {
      if (only && *only != partition) continue;
      for (auto at = p.cells.lower_bound({range.table, range.key_from, INT64_MIN}); at != p.cells.end(); ++at) {
        const auto& [key, value] = *at;
        const bool inside = range.key_to.empty() ? key.key == range.key_from : key.key < range.key_to;
        if (key.table != range.table || !inside) break;
        if (key.bucket < range.bucket_from || key.bucket >= range.bucket_to) continue;
        if (!visit({partition, key.key, key.bucket, value})) co_return Result<void>();
      }
    }
    co_return Result<void>();
  }

  Task<Result<std::vector<ports::PartitionState>>> states() override {
    std::lock_guard lock(mutex_);
    std::vector<ports::PartitionState> all;
    for (const auto& [partition, p] : partitions_) all.push_back(p.state);
    co_return all;
  }

  static void put(Cells& into, std::span<const ports::Cell> cells) {
    for (const auto& cell : cells) {
      if (cell.value.empty()) {
        into.erase(cell.at);
      } else {
        into[cell.at] = cell.value;
      }
    }
  }

  Cells& cells(ports::Partition partition = 0) { return partitions_[partition].cells; }
  std::vector<ErrorKind> commit_failures;

 private:
  struct PartitionData {
    ports::PartitionState state;
    Cells cells;
  };
  std::mutex mutex_;
  std::map<ports::Partition, PartitionData> partitions_;
};

}  // namespace gamekeeper::processor::testing
