#include "sim_store.h"

#include "tests/support/run_task.h"

namespace gamekeeper::simulation {
namespace {

std::unexpected<Error> unknown() {
  return fail(ErrorKind::kUnavailable, "unavailable", "Nobody knows whether the store has it.");
}

}  // namespace

Result<void> StoreContents::commit(const ports::Claim& claim, ports::Position position,
                                   const std::vector<ports::Cell>& changes) {
  ports::PartitionState now;
  for (const auto& state : *test::run(cells.states())) {
    if (state.partition == claim.partition) now = state;
  }
  ports::Claim as = claim;
  if (mutation == StoreMutation::kNoFence) as.epoch = now.epoch;
  if (as.epoch == now.epoch && mutation != StoreMutation::kNoFence && position < now.position) {
    complaints.push_back("a position goes back");
  }
  const bool slips = ++commits % 5 == 0;
  if (slips && mutation == StoreMutation::kForgetsPlace) position = now.position;
  if (slips && mutation == StoreMutation::kForgetsCells) return test::run(cells.commit(as, position, {}));
  return test::run(cells.commit(as, position, changes));
}

Task<Result<ports::Claim>> SimStore::claim(ports::Partition partition, std::string owner) {
  auto claim = co_await process_.ask<Result<ports::Claim>>(
      "store.claim",
      [&contents = contents_, partition, owner] { return test::run(contents.cells.claim(partition, owner)); },
      unknown());
  process_.fate().trace.note(process_.name(), "has claim", claim ? claim->epoch : 0);
  co_return claim;
}

Task<Result<void>> SimStore::release(const ports::Claim& claim) {
  co_return co_await process_.ask<Result<void>>(
      "store.release", [&contents = contents_, claim] { return test::run(contents.cells.release(claim)); }, unknown());
}

Task<Result<void>> SimStore::commit(const ports::Claim& claim, ports::Position position,
                                    std::span<const ports::Cell> cells) {
  Fate& fate = process_.fate();
  fate.trace.note(process_.name(), "store.commit", position.value);
  if (fate.faults.on && fate.dice.per_mille(fate.faults.refused)) {
    co_return fail(ErrorKind::kFull, "disk_full", "The store is full just now.");
  }
  std::vector<ports::Cell> changes(cells.begin(), cells.end());
  auto done = co_await process_.ask<Result<void>>(
      "store.commit",
      [&contents = contents_, claim, position, changes = std::move(changes)] {
        return contents.commit(claim, position, changes);
      },
      unknown());
  fate.trace.note(process_.name(), done ? "has committed" : done.error().code, position.value);
  co_return done;
}

Task<Result<std::vector<std::optional<std::string>>>> SimStore::get(ports::Partition partition,
                                                                    std::span<const ports::CellKey> keys) {
  co_await process_.moment("store.get");
  co_return co_await contents_.cells.get(partition, keys);
}

Task<Result<void>> SimStore::scan(const ports::CellRange& range, std::function<bool(const ports::CellView&)> visit,
                                  std::optional<ports::Partition> partition) {
  co_await process_.moment("store.scan");
  co_return co_await contents_.cells.scan(range, std::move(visit), partition);
}

Task<Result<std::vector<ports::PartitionState>>> SimStore::states() { co_return co_await contents_.cells.states(); }

}  // namespace gamekeeper::simulation
