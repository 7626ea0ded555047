#include "adapters/embedded/cell_cache.h"

namespace gamekeeper::adapters {

void CellBlock::add(int64_t bucket, std::string_view value) {
  buckets.push_back(bucket);
  values += value;
  ends.push_back(static_cast<uint32_t>(values.size()));
}

std::string_view CellBlock::value(size_t i) const {
  const uint32_t from = i == 0 ? 0 : ends[i - 1];
  return std::string_view(values).substr(from, ends[i] - from);
}

size_t CellCache::Entry::bytes() const {
  constexpr size_t kOfItself = 256;  // the entry, its place in the map, what allocators add
  return kOfItself + key.size() + cells->values.capacity() + 12 * cells->buckets.capacity();
}

std::shared_ptr<const CellBlock> CellCache::find(ports::Table table, std::string_view key, int64_t block,
                                                 uint64_t& generation) {
  std::lock_guard lock(mutex_);
  generation = generation_;
  auto found = by_name_.find(Name{table, key, block});
  if (found == by_name_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->cells;
}

void CellCache::put(ports::Table table, std::string key, int64_t block, std::shared_ptr<const CellBlock> cells,
                    uint64_t generation) {
  std::lock_guard lock(mutex_);
  if (generation != generation_) return;
  if (auto found = by_name_.find(Name{table, key, block}); found != by_name_.end()) drop(found->second);
  recent_.push_front({table, std::move(key), block, std::move(cells)});
  const Entry& entry = recent_.front();
  by_name_.emplace(Name{table, entry.key, block}, recent_.begin());
  bytes_ += entry.bytes();
  while (bytes_ > bytes_max_) drop(std::prev(recent_.end()));
}

void CellCache::forget(std::span<const ports::Cell> committed) {
  std::lock_guard lock(mutex_);
  ++generation_;
  if (by_name_.empty()) return;
  for (const ports::Cell& cell : committed) {
    auto found = by_name_.find(Name{cell.at.table, cell.at.key, CellBlock::of(cell.at.bucket)});
    if (found != by_name_.end()) drop(found->second);
  }
}

void CellCache::clear() {
  std::lock_guard lock(mutex_);
  ++generation_;
  by_name_.clear();
  recent_.clear();
  bytes_ = 0;
}

void CellCache::drop(Entries::iterator entry) {
  bytes_ -= entry->bytes();
  by_name_.erase(Name{entry->table, entry->key, entry->block});
  recent_.erase(entry);
}

}  // namespace gamekeeper::adapters
