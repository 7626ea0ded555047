#include "insight/analytics/graphql/document_cache.h"

namespace gamekeeper::graphql {

std::shared_ptr<const Document> DocumentCache::find(std::string_view source) {
  std::lock_guard lock(mutex_);
  auto found = by_source_.find(source);
  if (found == by_source_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return *found->second;
}

void DocumentCache::put(std::shared_ptr<const Document> document) {
  std::lock_guard lock(mutex_);
  if (entries_max_ == 0 || by_source_.contains(document->source)) return;
  if (recent_.size() == entries_max_) {
    by_source_.erase(recent_.back()->source);
    recent_.pop_back();
  }
  recent_.push_front(std::move(document));
  by_source_.emplace(recent_.front()->source, recent_.begin());
}

size_t DocumentCache::size() const {
  std::lock_guard lock(mutex_);
  return recent_.size();
}

}  // namespace gamekeeper::graphql
