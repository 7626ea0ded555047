#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/embedded/sqlite.h"
#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::adapters {

/// The index entries of a document as they lie beside it, so that a write that leaves them as they are need not look for
/// them. Pure but for bring_up_to_date().
struct PackedEntry {
  std::string_view index, key;
  bool operator==(const PackedEntry&) const = default;
};

std::string pack(const std::vector<ports::IndexEntry>& entries);
/// Views of `packed`. What is no result of pack() ends it early.
std::vector<PackedEntry> unpack(std::string_view packed);

/// Brings a file that was written before entries lay beside their documents into the present form, in one transaction; of
/// any other it changes nothing.
Result<void> bring_entries_up_to_date(sqlite::Database& db);

}  // namespace gamekeeper::adapters
