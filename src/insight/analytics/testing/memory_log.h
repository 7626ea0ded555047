#pragma once

#include <string>
#include <vector>

#include "ports/event_log.h"

namespace gamekeeper::analytics::testing {

/// An EventLog in memory, for one thread. Positions count events from 1.
class MemoryLog final : public ports::EventLog {
 public:
  explicit MemoryLog(uint32_t partitions) : rows_(partitions) {}

  uint32_t partitions() const override { return static_cast<uint32_t>(rows_.size()); }

  Task<std::vector<ports::AppendOutcome>> append(std::vector<ports::PartitionBatch> batches) override {
    co_return std::vector<ports::AppendOutcome>{};  // tests add single rows
  }
  void add(ports::Partition partition, std::string row) { rows_[partition].push_back(std::move(row)); }
  const std::vector<std::string>& rows(ports::Partition partition) const { return rows_[partition]; }

  Task<Result<std::unique_ptr<ports::LogReader>>> open(ports::Partition partition, ports::Position from) override {
    co_return std::make_unique<Reader>(rows_[partition], std::max<uint64_t>(1, from.value));
  }
  Task<Result<ports::LogBounds>> bounds(ports::Partition partition) override {
    const uint64_t next = rows_[partition].size() + 1;
    co_return ports::LogBounds{{1}, {next}, next - 1};
  }
  uint64_t distance(ports::Position from, ports::Position to) const override {
    const uint64_t start = std::max<uint64_t>(from.value, 1);
    return to.value > start ? to.value - start : 0;
  }
  Task<Result<ports::LogUsage>> trim(ports::Partition, ports::TrimLimits) override { co_return ports::LogUsage{{1}}; }

 private:
  struct Reader final : ports::LogReader {
    Reader(const std::vector<std::string>& r, uint64_t a) : rows(r), at(a) {}
    Task<Result<ports::LogChunk>> next(size_t bytes_max, std::chrono::steady_clock::time_point) override {
      ports::LogChunk chunk{.rows = {}, .count = 0, .first = {at}, .next = {at}};
      while (at <= rows.size() && (chunk.count == 0 || chunk.rows.size() < bytes_max)) {
        chunk.rows += rows[at++ - 1];
        ++chunk.count;
      }
      chunk.next = {at};
      co_return chunk;
    }
    const std::vector<std::string>& rows;
    uint64_t at;
  };
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace gamekeeper::analytics::testing
