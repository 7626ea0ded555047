#include "adapters/memory/memory_cache.h"

#include "adapters/kit/cache_checks.h"

namespace gamekeeper::adapters {

MemoryCache::Place MemoryCache::find(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return kept_.end();
  if (found->second->until > std::chrono::steady_clock::now()) return found->second;
  kept_.erase(found->second);
  by_name_.erase(found);
  return kept_.end();
}

Task<Result<void>> MemoryCache::put(std::string name, Record record, std::chrono::milliseconds keep) {
  if (auto ok = check_name(name); !ok) co_return ok;
  if (auto ok = check_record(record, keep); !ok) co_return ok;
  std::lock_guard lock(mutex_);
  if (const Place old = find(name); old != kept_.end()) kept_.erase(old);
  kept_.push_back({name, std::move(record), std::chrono::steady_clock::now() + keep});
  by_name_[std::move(name)] = std::prev(kept_.end());
  if (kept_.size() > records_max_) {
    by_name_.erase(kept_.front().name);
    kept_.pop_front();
  }
  co_return Result<void>();
}

Task<Result<std::optional<ports::Cache::Record>>> MemoryCache::get(std::string name) {
  if (auto ok = check_name(name); !ok) co_return std::unexpected(ok.error());
  std::lock_guard lock(mutex_);
  const Place found = find(name);
  co_return found == kept_.end() ? std::nullopt : std::optional(found->record);
}

Task<Result<bool>> MemoryCache::remove(std::string name) {
  if (auto ok = check_name(name); !ok) co_return std::unexpected(ok.error());
  std::lock_guard lock(mutex_);
  const Place found = find(name);
  if (found == kept_.end()) co_return false;
  by_name_.erase(name);
  kept_.erase(found);
  co_return true;
}

}  // namespace gamekeeper::adapters
