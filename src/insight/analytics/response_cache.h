#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "ports/series_store.h"

namespace gamekeeper::analytics {

/// What an answer was made from: it is right as long as no partition has committed since.
using Commits = std::vector<uint64_t>;
Commits commits_of(const std::vector<ports::PartitionState>& states);

struct CachedAnswer {
  int status = 200;
  std::string body;
  Commits commits;
  UnixMillis valid_before = INT64_MAX;  // for answers that depend on the time
};

/// Whole answers by (app, request), bounded in bytes, the least recently used go first. Safe from any thread.
class ResponseCache {
 public:
  explicit ResponseCache(size_t bytes_max) : shard_bytes_max_(bytes_max / kShards) {}

  /// Null when there is none, or when it no longer holds.
  std::shared_ptr<const CachedAnswer> find(std::string_view key, const Commits& commits, UnixMillis now);
  /// Whether an answer of so many bytes would be kept: always while there is room. Once it is full only for a request that
  /// came before, so that many different ones don't drive out each other and what is asked again and again.
  bool wants(std::string_view key, size_t bytes);
  /// Answers larger than a shard are not kept.
  void put(std::string key, CachedAnswer answer);

 private:
  static constexpr size_t kShards = 16;
  struct Entry {
    std::string key;
    std::shared_ptr<const CachedAnswer> answer;
    static constexpr size_t kOfItself = 256;
    size_t bytes() const { return kOfItself + key.size() + answer->body.size() + 8 * answer->commits.size(); }
  };
  struct Shard {
    std::mutex mutex;
    std::list<Entry> recent;  // the most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key;
    size_t bytes = 0;
    std::array<size_t, 512> seen{};  // hashes of requests that were turned away, each in its place
  };
  Shard& shard_of(std::string_view key) { return shards_[std::hash<std::string_view>{}(key) >> 7 & (kShards - 1)]; }
  static void drop(Shard& shard, std::list<Entry>::iterator entry);

  std::array<Shard, kShards> shards_;
  size_t shard_bytes_max_;
};

}  // namespace gamekeeper::analytics
