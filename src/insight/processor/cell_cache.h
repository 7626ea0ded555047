#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "insight/processor/slots.h"
#include "ports/series_store.h"

namespace gamekeeper::processor {

/// The cells that changes are added to, kept decoded while they are hot (the current minute, hour and day).
class CellCache {
 public:
  CellCache(ports::SeriesStore& store, ports::Partition partition, size_t bytes_max)
      : store_(store), partition_(partition), bytes_max_(bytes_max) {}

  /// Adds the changes to what is stored, appends the new values to `out`, and empties `changes`.
  /// Errors: as SeriesStore::get, and kCorrupt.
  Task<Result<void>> apply(Changes& changes, std::vector<ports::Cell>& out);
  /// Forgets cells that were not used for long, and others if they are too much.
  void committed();

 private:
  struct Entry {
    std::unique_ptr<Slot> slot;
    uint64_t used = 0;
    size_t bytes = 0;
  };

  static constexpr uint64_t kIdleCommits = 512;  // a minute or more of them

  /// Those that were last used so many commits ago, or before.
  void forget(uint64_t age);

  ports::SeriesStore& store_;
  ports::Partition partition_;
  size_t bytes_max_;
  size_t bytes_ = 0;
  uint64_t commit_ = 1;
  CellMap<Entry> entries_;
};

}  // namespace gamekeeper::processor
