#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "insight/analytics/graphql/ast.h"

namespace gamekeeper::graphql {

/// Valid documents by their text; the least recently used goes first. Safe from any thread.
class DocumentCache {
 public:
  explicit DocumentCache(size_t entries_max) : entries_max_(entries_max) {}

  /// Null when there is none.
  std::shared_ptr<const Document> find(std::string_view source);
  void put(std::shared_ptr<const Document> document);
  size_t size() const;

 private:
  using Recent = std::list<std::shared_ptr<const Document>>;  // the most recently used first

  const size_t entries_max_;
  mutable std::mutex mutex_;
  Recent recent_;
  std::unordered_map<std::string_view, Recent::iterator> by_source_;
};

}  // namespace gamekeeper::graphql
