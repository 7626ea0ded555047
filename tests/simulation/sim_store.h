#pragma once

#include "insight/processor/testing/memory_series_store.h"
#include "process.h"

namespace gamekeeper::simulation {

/// What the checker must be able to notice: a store that breaks one of its promises.
enum class StoreMutation : uint8_t {
  kNone,
  kNoFence,        // a commit under an old epoch is taken
  kForgetsPlace,   // now and then the cells are put, but the position stays
  kForgetsCells,   // now and then the position moves, but the cells are lost
};

/// What is durable in the series store.
struct StoreContents {
  processor::testing::MemorySeriesStore cells;
  StoreMutation mutation = StoreMutation::kNone;
  uint64_t commits = 0;
  std::vector<std::string> complaints;  // a promise of the processor broken at the store's door

  Result<void> commit(const ports::Claim& claim, ports::Position position, const std::vector<ports::Cell>& changes);
};

/// The series store as one process sees it. Fencing by epoch alone: the file lock of the embedded adapter, which would
/// keep a second process out altogether, is not assumed.
class SimStore final : public ports::SeriesStore {
 public:
  SimStore(Process& process, StoreContents& contents) : process_(process), contents_(contents) {}

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
  Process& process_;
  StoreContents& contents_;
};

}  // namespace gamekeeper::simulation
