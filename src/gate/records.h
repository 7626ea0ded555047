#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

/// How the gate's documents lie in the store: every collection is small enough to be read whole, and every change that
/// a running process must see moves the epoch document in the same write set.

/// All documents of `collection`, in the order of its index `all`.
Task<Result<std::vector<ports::Document>>> read_all(ports::DocumentStore& store, std::string collection);

/// The version of the epoch document; 0 before the first change.
Task<Result<uint64_t>> read_epoch(ports::DocumentStore& store);
ports::Put epoch_moves();

/// Tells a cache of the gate's documents when to look again. Not thread-safe: one caller asks.
class EpochWatch {
 public:
  explicit EpochWatch(ports::DocumentStore& store) : store_(store) {}
  /// Whether the epoch has moved since `seen`. Cheap while nothing at all is written.
  Task<Result<bool>> moved(uint64_t seen);

 private:
  ports::DocumentStore& store_;
  std::optional<uint64_t> version_;
};

/// Fields of a stored document. A document that is not an object is kCorrupt.
Result<boost::json::object> parse_record(const ports::Document& document);
std::string text_of(const boost::json::object& object, std::string_view name);
int64_t number_of(const boost::json::object& object, std::string_view name);

/// Twenty digits, so that texts sort as the numbers do.
std::string sortable(int64_t number);

/// Removes what has expired: documents whose index `expires` (sortable time) is before `now`. At most 500 a call.
Task<Result<size_t>> purge_expired(ports::DocumentStore& store, std::string collection, UnixMillis now);

/// Removes all documents whose keys in `index` lie in [from, to).
Task<Result<void>> remove_range(ports::DocumentStore& store, std::string collection, std::string index,
                                std::string from, std::string to);

bool is_conflict(const Error& error);

}  // namespace gamekeeper::gate
