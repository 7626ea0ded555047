#pragma once

#include <map>
#include <vector>

#include "ports/series_store.h"

namespace gamekeeper::analytics::testing {

/// A SeriesStore in memory, for one thread.
class MemorySeries final : public ports::SeriesStore {
 public:
  explicit MemorySeries(uint32_t partitions) : parts_(partitions) {
    for (uint32_t p = 0; p < partitions; ++p) parts_[p].state.partition = p;
  }

  Task<Result<ports::Claim>> claim(ports::Partition partition, std::string owner) override {
    auto& state = parts_.at(partition).state;
    state.owner = owner;
    co_return ports::Claim{partition, owner, ++state.epoch, state.position};
  }
  Task<Result<void>> release(const ports::Claim& claim) override { co_return Result<void>{}; }

  Task<Result<void>> commit(const ports::Claim& claim, ports::Position position,
                            std::span<const ports::Cell> cells) override {
    Part& part = parts_.at(claim.partition);
    for (const ports::Cell& cell : cells) {
      if (cell.value.empty()) {
        part.cells.erase(cell.at);
      } else {
        part.cells[cell.at] = cell.value;
      }
    }
    part.state.position = position;
    ++part.state.commits;
    co_return Result<void>{};
  }

  Task<Result<std::vector<std::optional<std::string>>>> get(ports::Partition partition,
                                                            std::span<const ports::CellKey> keys) override {
    std::vector<std::optional<std::string>> values;
    for (const auto& key : keys) {
      const auto found = parts_.at(partition).cells.find(key);
      values.push_back(found == parts_[partition].cells.end() ? std::nullopt : std::optional(found->second));
    }
    co_return values;
  }

  Task<Result<void>> scan(const ports::CellRange& range, std::function<bool(const ports::CellView&)> visit,
                          std::optional<ports::Partition> only) override {
    ++scans;
    for (const Part& part : parts_) {
      if (only && *only != part.state.partition) continue;
      if (!scan(part, range, visit)) break;
    }
    co_return Result<void>{};
  }

  Task<Result<std::vector<ports::PartitionState>>> states() override {
    std::vector<ports::PartitionState> states;
    for (const Part& part : parts_) states.push_back(part.state);
    co_return states;
  }

  size_t scans = 0, visited = 0;

 private:
  struct Part {
    std::map<ports::CellKey, std::string> cells;
    ports::PartitionState state;
  };

  bool scan(const Part& part, const ports::CellRange& range, const std::function<bool(const ports::CellView&)>& visit) {
    auto at = part.cells.lower_bound({range.table, range.key_from, range.bucket_from});
    while (at != part.cells.end() && at->first.table == range.table) {
      const ports::CellKey& key = at->first;
      if (range.key_to.empty() ? key.key != range.key_from : key.key >= range.key_to) break;
      if (key.bucket < range.bucket_from) {
        at = part.cells.lower_bound({range.table, key.key, range.bucket_from});
      } else if (key.bucket >= range.bucket_to) {
        at = part.cells.lower_bound({range.table, key.key + '\0', range.bucket_from});
      } else {
        ++visited;
        if (!visit({part.state.partition, key.key, key.bucket, at->second})) return false;
        ++at;
      }
    }
    return true;
  }

  std::vector<Part> parts_;
};

}  // namespace gamekeeper::analytics::testing
