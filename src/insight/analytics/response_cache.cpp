#include "insight/analytics/response_cache.h"

#include <utility>

namespace gamekeeper::analytics {

Commits commits_of(const std::vector<ports::PartitionState>& states) {
  Commits commits;
  commits.reserve(states.size() * 2);
  for (const auto& state : states) {
    commits.push_back(state.epoch);
    commits.push_back(state.commits);
  }
  return commits;
}

std::shared_ptr<const CachedAnswer> ResponseCache::find(std::string_view key, const Commits& commits, UnixMillis now) {
  Shard& shard = shard_of(key);
  std::lock_guard lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return nullptr;
  const auto entry = found->second;
  if (entry->answer->commits != commits || now >= entry->answer->valid_before) {
    drop(shard, entry);
    return nullptr;
  }
  shard.recent.splice(shard.recent.begin(), shard.recent, entry);
  return entry->answer;
}

bool ResponseCache::wants(std::string_view key, size_t bytes) {
  Shard& shard = shard_of(key);
  const size_t hash = std::hash<std::string_view>{}(key);
  std::lock_guard lock(shard.mutex);
  if (shard.bytes + Entry::kOfItself + key.size() + bytes <= shard_bytes_max_) return true;
  return std::exchange(shard.seen[hash % shard.seen.size()], hash) == hash;
}

void ResponseCache::put(std::string key, CachedAnswer answer) {
  Shard& shard = shard_of(key);
  Entry entry{std::move(key), std::make_shared<const CachedAnswer>(std::move(answer))};
  if (entry.bytes() > shard_bytes_max_) return;
  std::lock_guard lock(shard.mutex);
  if (const auto old = shard.by_key.find(entry.key); old != shard.by_key.end()) drop(shard, old->second);
  shard.bytes += entry.bytes();
  shard.recent.push_front(std::move(entry));
  shard.by_key.emplace(shard.recent.front().key, shard.recent.begin());
  while (shard.bytes > shard_bytes_max_) drop(shard, std::prev(shard.recent.end()));
}

void ResponseCache::drop(Shard& shard, std::list<Entry>::iterator entry) {
  shard.bytes -= entry->bytes();
  shard.by_key.erase(entry->key);
  shard.recent.erase(entry);
}

}  // namespace gamekeeper::analytics
