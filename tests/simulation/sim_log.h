#pragma once

#include <map>
#include <string>
#include <vector>

#include "ports/event_log.h"
#include "process.h"

namespace gamekeeper::simulation {

/// What is durable: rows by partition. A position is the number of rows before it.
struct LogContents {
  explicit LogContents(uint32_t partitions) : rows(partitions) {}
  /// Adds the rows of a batch; the position of the first.
  ports::Position add(const ports::PartitionBatch& batch);

  std::vector<std::vector<std::string>> rows;
  /// A mutation that the checker must notice: batches are acknowledged and forgotten.
  bool forgets = false;
};

/// The event log as one process sees it.
class SimLog final : public ports::EventLog {
 public:
  SimLog(Process& process, LogContents& contents) : process_(process), contents_(contents) {}

  uint32_t partitions() const override { return static_cast<uint32_t>(contents_.rows.size()); }
  Task<std::vector<ports::AppendOutcome>> append(std::vector<ports::PartitionBatch> batches) override;
  Task<Result<std::unique_ptr<ports::LogReader>>> open(ports::Partition partition, ports::Position from) override;
  Task<Result<ports::LogBounds>> bounds(ports::Partition partition) override;
  uint64_t distance(ports::Position from, ports::Position to) const override { return to.value - from.value; }
  Task<Result<ports::LogUsage>> trim(ports::Partition, ports::TrimLimits) override { co_return ports::LogUsage{}; }

 private:
  Process& process_;
  LogContents& contents_;
};

}  // namespace gamekeeper::simulation
