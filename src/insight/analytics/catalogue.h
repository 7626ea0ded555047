#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/task.h"
#include "insight/analytics/query.h"
#include "insight/processor/cells.h"

namespace gamekeeper::analytics {

/// An app's status and dictionary in one partition. Immutable once handed out.
struct AppPartition {
  ports::Partition partition = 0;
  uint64_t epoch = 0, commits = 0;  // as of these
  cells::AppInfo info;
  std::shared_ptr<const std::vector<cells::Tuple>> tuples;  // by number

  uint32_t chunks() const { return (info.tuples + cells::kChunk - 1) / cells::kChunk; }
  uint32_t parts() const { return (info.players + 65'535) / 65'536; }
};
using AppPartitions = std::vector<std::shared_ptr<const AppPartition>>;

/// Remembers the dictionaries, which only grow as long as the partition has the same epoch. Safe from any thread.
class Catalogue {
 public:
  explicit Catalogue(ports::SeriesStore& store) : store_(store) {}

  /// Of every partition that has heard of the app.
  Task<Result<AppPartitions>> partitions(const Query& query);

 private:
  Task<Result<std::shared_ptr<const AppPartition>>> load(const Query& query, const ports::PartitionState& state,
                                                         std::shared_ptr<const AppPartition> before);

  ports::SeriesStore& store_;
  std::mutex mutex_;
  std::map<std::pair<std::string, ports::Partition>, std::shared_ptr<const AppPartition>> known_;
};

/// The one cell `key` of a table over buckets [from, to).
ports::CellRange exact_range(ports::Table table, std::string key, int64_t from, int64_t to);

}  // namespace gamekeeper::analytics
