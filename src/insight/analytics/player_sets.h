#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <roaring/roaring.hh>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/task.h"
#include "base/zoned.h"
#include "insight/analytics/catalogue.h"
#include "insight/analytics/metrics/cover.h"
#include "insight/analytics/query.h"

namespace gamekeeper::analytics {

/// Players of one partition, by their numbers there. Never null.
using PlayerSet = std::shared_ptr<const Roaring>;

/// Decoded sets by what was asked, bounded in bytes. Safe from any thread.
class SetCache {
 public:
  explicit SetCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  struct Entry {
    PlayerSet set;
    uint64_t hash = 0;  // of the cells it was made from
    uint64_t epoch = 0, commits = 0;  // of the partition, before the set was read
    UnixMillis read_at = 0;
  };
  Entry find(const std::string& key);
  void put(const std::string& key, Entry entry);

 private:
  struct Kept {
    std::string key;
    Entry entry;
    size_t bytes = 0;
  };
  std::mutex mutex_;
  std::list<Kept> recent_;
  std::unordered_map<std::string_view, std::list<Kept>::iterator> by_key_;
  size_t bytes_ = 0, bytes_max_;
};

/// Whose players: of which table, of which tuples.
struct PlayerSelector {
  enum class Table : uint8_t { kActive, kPayers, kNew, kCohort };
  Table table = Table::kActive;
  std::vector<std::string> currencies = {};           // of payers: the sets are united
  std::vector<uint32_t> tuples = {cells::kAllTuples};  // the same
  std::string text = {};                               // tells the selection apart, for the cache
};

/// Reads distinct players from cells: UTC days where they lie inside a bucket, the app's own days where it keeps them
/// for the zone asked, quarter hours for the rest.
class PlayerSets {
 public:
  PlayerSets(ports::SeriesStore& store, size_t cache_bytes_max) : store_(store), cache_(cache_bytes_max) {}

  /// One set a bucket. Closed buckets may be as old as kTrustMs, which the query is told.
  Task<Result<std::vector<PlayerSet>>> read(Query& query, const AppPartition& partition, const PlayerSelector& selector,
                                            std::span<const Bucket> buckets, const TimeZone& zone);

  /// How long a set of a bucket that ended more than an hour ago is believed without looking at the cells again.
  static constexpr int64_t kTrustMs = 400;

 private:
  struct Job;
  Task<Result<void>> read_cells(Job& job);
  Task<Result<void>> read_days(Job& job, const TimeRange& days);
  Task<Result<void>> read_zone_days(Job& job);
  Task<Result<void>> read_quarters(Job& job, const TimeRange& span);

  ports::SeriesStore& store_;
  SetCache cache_;
};

}  // namespace gamekeeper::analytics
