#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::adapters {

/// Where a page of an index ended: the key and the id of its last document. Both are any bytes.
struct PageCursor {
  std::string key, id;
  bool operator==(const PageCursor&) const = default;
};

/// What is left of a query's range for its page. Of an index: between the pairs (key, id), both exclusive; an empty pair at
/// the end means that there is none. Errors: kInvalid `bad_cursor`.
struct IndexRange {
  PageCursor from, to;
  bool ended() const { return !to.key.empty() || !to.id.empty(); }
};
Result<IndexRange> index_range(const ports::Query& query);

/// The same of the ids themselves: `from` belongs to it, `to` does not; an empty `to` means that there is no end.
struct IdRange {
  std::string from, to;
};
Result<IdRange> id_range(const ports::Query& query);

/// URL-safe.
std::string to_text(const PageCursor& cursor);
/// Errors: kInvalid `bad_cursor`.
Result<PageCursor> read_cursor(std::string_view text);

}  // namespace gamekeeper::adapters
