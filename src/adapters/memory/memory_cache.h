#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "ports/cache.h"

namespace gamekeeper::adapters {

/// Cache in this process. When there are too many records, those put longest ago go.
class MemoryCache final : public ports::Cache {
 public:
  explicit MemoryCache(size_t records_max = 10'000) : records_max_(records_max) {}

  Task<Result<void>> put(std::string name, Record record, std::chrono::milliseconds keep) override;
  Task<Result<std::optional<Record>>> get(std::string name) override;
  Task<Result<bool>> remove(std::string name) override;

 private:
  struct Kept {
    std::string name;
    Record record;
    std::chrono::steady_clock::time_point until;
  };
  using Place = std::list<Kept>::iterator;

  /// The record that is there and not over its time; the list's end when there is none.
  Place find(const std::string& name);

  const size_t records_max_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // the one put longest ago first
  std::unordered_map<std::string, Place> by_name_;
};

}  // namespace gamekeeper::adapters
