#pragma once

#include "adapters/embedded/document_cache.h"
#include "adapters/embedded/page_cache.h"

namespace gamekeeper::adapters {

/// What a document store has read, kept for as long as it is true.
struct ReadCache {
  explicit ReadCache(std::optional<WalIndex> index) : watch(std::move(index)) {}

  CommitWatch watch;
  DocumentCache documents{watch};
  PageCache pages{watch};
};

}  // namespace gamekeeper::adapters
