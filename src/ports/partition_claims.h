#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/event_log.h"

namespace gamekeeper::ports {

struct ClaimChange {
  std::vector<Partition> granted;
  std::vector<Partition> revoked;  // stop folding, commit or drop what is open, then release()
};

/// Says which partitions this process folds. Embedded: all of them, at once. Kafka: the consumer group decides.
/// Fencing does not rest on this: SeriesStore::claim's epoch does.
class PartitionClaims {
 public:
  virtual ~PartitionClaims() = default;

  /// Waits for the next change. Errors: kUnavailable (try again), kTimeout never.
  virtual Task<Result<ClaimChange>> next() = 0;

  /// Tells that folding of a revoked partition has stopped. Until then nobody else is granted it (best effort).
  virtual Task<Result<void>> release(Partition partition) = 0;

  /// Why this process has no share: the code by which it is kept out. Empty while it folds, and once it has been told that
  /// others fold everything. Safe from any thread.
  virtual std::string kept_out_by() const { return {}; }

  /// Gives everything back and makes a waiting next() return kUnavailable `stopped`. Safe from any thread.
  virtual void stop() = 0;
};

}  // namespace gamekeeper::ports
