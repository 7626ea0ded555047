#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/embedded/sqlite.h"
#include "base/result.h"

namespace gamekeeper::adapters {

/// Pairs of texts of any bytes in one: a document's index entries (index, key), facts of the outbox (partition key, body).
struct Pair {
  std::string_view first, second;
  bool operator==(const Pair&) const = default;
};
void append_pair(std::string& packed, std::string_view first, std::string_view second);
/// Views of `packed`. What append_pair() has not written ends it early.
std::vector<Pair> unpack(std::string_view packed);

/// Makes the tables of a document store, or brings those of an older version into the present form, in one transaction.
Result<void> make_document_tables(sqlite::Database& db);

}  // namespace gamekeeper::adapters
