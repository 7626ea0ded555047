#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ports/series_store.h"

namespace gamekeeper::adapters {

/// The cells of one table and key in one stretch of buckets, as they stand in the file. A chart of an hour is two of
/// these instead of sixty steps through a B-tree.
struct CellBlock {
  static constexpr int64_t kWidth = int64_t{1} << 22;  // buckets; of times: 70 minutes
  static constexpr size_t kBytesMax = 256 * 1024;

  static int64_t of(int64_t bucket) { return bucket >> 22; }  // rounds down
  static int64_t begin(int64_t block) { return block << 22; }

  bool is_whole = true;  // false: too large to keep; what there is must be read
  std::vector<int64_t> buckets;
  std::vector<uint32_t> ends;  // of the values, in `values`
  std::string values;

  void add(int64_t bucket, std::string_view value);
  std::string_view value(size_t i) const;
};

/// Blocks of one partition's file that were read before, the least recently used go first. Right only while this process
/// alone writes the file: whoever commits forgets what the commit touched. Thread-safe.
class CellCache {
 public:
  explicit CellCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Null when it is not there. `generation` is what put() wants to hear of a block that is read now.
  std::shared_ptr<const CellBlock> find(ports::Table table, std::string_view key, int64_t block, uint64_t& generation);
  /// Not kept when something was committed since `generation`: the block may lack it.
  void put(ports::Table table, std::string key, int64_t block, std::shared_ptr<const CellBlock> cells,
           uint64_t generation);
  /// After a commit, before anybody can hear of it.
  void forget(std::span<const ports::Cell> committed);
  /// When it is not known what the file holds, or others may write it.
  void clear();

 private:
  struct Name {
    ports::Table table;
    std::string_view key;
    int64_t block;
    bool operator==(const Name&) const = default;
  };
  struct NameHash {
    size_t operator()(const Name& n) const {
      return std::hash<std::string_view>{}(n.key) ^ (static_cast<size_t>(n.block) * 0x9e3779b97f4a7c15ULL) ^ n.table;
    }
  };
  struct Entry {
    ports::Table table;
    std::string key;
    int64_t block;
    std::shared_ptr<const CellBlock> cells;
    size_t bytes() const;
  };
  using Entries = std::list<Entry>;
  void drop(Entries::iterator entry);

  const size_t bytes_max_;
  std::mutex mutex_;
  Entries recent_;  // the most recently used first
  std::unordered_map<Name, Entries::iterator, NameHash> by_name_;  // names point into the entries
  size_t bytes_ = 0;
  uint64_t generation_ = 0;
};

}  // namespace gamekeeper::adapters
