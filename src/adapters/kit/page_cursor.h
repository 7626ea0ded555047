#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gamekeeper::adapters {

/// Where a page of an index ended: the key and the id of its last document. Both are any bytes.
struct PageCursor {
  std::string key, id;
  bool operator==(const PageCursor&) const = default;
};

/// URL-safe.
std::string to_text(const PageCursor& cursor);
/// Errors: kInvalid `bad_cursor`.
Result<PageCursor> read_cursor(std::string_view text);

}  // namespace gamekeeper::adapters
