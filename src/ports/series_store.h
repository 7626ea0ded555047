#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/event_log.h"

namespace gamekeeper::ports {

/// A family of cells. The meaning of keys and values belongs to insight/processor (cells.h).
using Table = uint16_t;

/// Where a cell stands within its partition: table, then key (bytes), then bucket (usually a time), in this order.
struct CellKey {
  Table table = 0;
  std::string key;
  int64_t bucket = 0;
  auto operator<=>(const CellKey&) const = default;
};

/// A whole value to put; a replay of the same put is harmless. An empty value deletes the cell.
struct Cell {
  CellKey at;
  std::string value;
};

/// The right to write one partition. A commit under an older epoch than the newest claim's is refused.
struct Claim {
  Partition partition = 0;
  std::string owner;
  uint64_t epoch = 0;
  Position position;  // of the last commit: where folding goes on
};

struct PartitionState {
  Partition partition = 0;
  Position position;
  uint64_t epoch = 0;
  std::string owner;
  uint64_t commits = 0;  // grows with every commit: a cache key for readers
  /// As far as a power loss cannot take back: at most `position`, behind it where the engine syncs seldom. Only the
  /// process that holds the claim knows; Position{} elsewhere.
  Position durable = {};
};

struct CellView {
  Partition partition;
  std::string_view key;
  int64_t bucket;
  std::string_view value;
};

/// Half open in both directions: keys in [key_from, key_to) (empty key_to: only key_from itself), buckets in
/// [bucket_from, bucket_to).
struct CellRange {
  Table table = 0;
  std::string key_from, key_to;
  int64_t bucket_from = INT64_MIN, bucket_to = INT64_MAX;
};

/// What the processor's fold puts out, and its own state: cells, partition by partition. All of it can be rebuilt from
/// the log. Safe from any thread; one partition is written by one claim at a time.
/// The full promise, as tests: tests/contract/series_store_contract.h.
class SeriesStore {
 public:
  virtual ~SeriesStore() = default;

  /// Takes the partition, fencing every earlier claim. Errors: kConflict when another live process holds it (embedded:
  /// the file's lock), kUnavailable, kCorrupt.
  virtual Task<Result<Claim>> claim(Partition partition, std::string owner) = 0;
  /// Gives the partition up; the claim is void afterwards.
  virtual Task<Result<void>> release(const Claim& claim) = 0;

  /// Puts all cells and moves the position, in one durable transaction.
  /// Errors: kConflict (the claim is no longer the newest), kFull, kUnavailable (outcome unknown: claim anew).
  virtual Task<Result<void>> commit(const Claim& claim, Position position, std::span<const Cell> cells) = 0;

  /// The cells with exactly these keys, in the same order; nullopt where there is none. For the fold's own state.
  virtual Task<Result<std::vector<std::optional<std::string>>>> get(Partition partition,
                                                                    std::span<const CellKey> keys) = 0;

  /// Calls `visit` for every cell of the range in every partition (or one), ordered by key and bucket within a
  /// partition. `visit` returns false to stop. It runs on the caller's thread or a pool thread, one call at a time.
  virtual Task<Result<void>> scan(const CellRange& range, std::function<bool(const CellView&)> visit,
                                  std::optional<Partition> partition = std::nullopt) = 0;

  /// Present position and commit counter of every partition that exists. Cheap: asked before every query.
  virtual Task<Result<std::vector<PartitionState>>> states() = 0;
};

}  // namespace gamekeeper::ports
