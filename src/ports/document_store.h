#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::ports {

struct Document {
  std::string id;
  std::string body;      // JSON text
  uint64_t version = 0;  // 1 when first written, grows by one with every write
};

/// One way to find a document: `index` names it, `key` orders it (bytes). Unique: no other document of the collection
/// may have the same key in this index. A put replaces all entries of its document.
struct IndexEntry {
  std::string index;
  std::string key;
  bool unique = false;
};

/// Writes or removes one document. `expected`: nullopt = whatever is there; 0 = must not exist; else this version.
struct Put {
  std::string collection;
  std::string id;
  std::string body = {};
  std::vector<IndexEntry> entries = {};
  std::optional<uint64_t> expected = std::nullopt;
  bool remove = false;
};

/// A fact for the outbox: delivered to the event log by flow/outbox_relay, at least once, in order of commit.
struct Fact {
  std::string partition_key;  // facts with the same key keep their order
  std::string body;           // an event row, ready for the log
};

/// All or nothing. Errors of a commit: kConflict `version` or `exists` or `unique` (field = collection, limit = id or
/// index), kFull, kUnavailable (outcome unknown).
struct WriteSet {
  std::vector<Put> puts;
  std::vector<Fact> facts;
};

struct OutboxEntry {
  uint64_t sequence = 0;
  Fact fact;
};

enum class Freshness : uint8_t { kOwnWrites, kMayBeStale };
enum class Direction : uint8_t { kAscending, kDescending };

/// A page of one index. Keys in [from, to) (empty `to`: to the end). `cursor` is what the page before returned.
struct Query {
  std::string collection;
  std::string index;  // empty: all documents by their ids, which is the cheapest way through many
  std::string from, to;
  Direction direction = Direction::kAscending;
  uint32_t limit = 50;
  std::string cursor = {};
  Freshness freshness = Freshness::kOwnWrites;
};

struct DocumentPage {
  std::vector<Document> items;
  std::string next_cursor;  // empty: the last page; URL-safe; stays right while documents are inserted
};

/// Documents with versions: apps, keys, players, sessions, inboxes, dead letters … No interactive transactions:
/// conditional puts in sets, which the engine may group into one of its own transactions. Safe from any thread.
/// The full promise, as tests: tests/contract/document_store_contract.h.
class DocumentStore {
 public:
  virtual ~DocumentStore() = default;

  /// Durable when it returns. The new versions, in the order of the puts.
  virtual Task<Result<std::vector<uint64_t>>> commit(WriteSet set) = 0;

  virtual Task<Result<std::optional<Document>>> get(std::string collection, std::string id,
                                                    Freshness freshness = Freshness::kOwnWrites) = 0;
  /// What a get() of each would answer, in their order; cheaper than one after another.
  virtual Task<Result<std::vector<std::optional<Document>>>> get_all(std::string collection,
                                                                     std::vector<std::string> ids);
  virtual Task<Result<DocumentPage>> query(Query query) = 0;
  /// How many documents an index range holds; of an empty index: how many ids.
  virtual Task<Result<uint64_t>> count(std::string collection, std::string index, std::string from, std::string to) = 0;

  virtual Task<Result<std::vector<OutboxEntry>>> outbox(uint32_t limit) = 0;
  virtual Task<Result<void>> outbox_done(uint64_t up_to_sequence) = 0;

  /// A number that grows with every commit of any process, cheap to ask: tells caches when to look again.
  virtual Task<Result<uint64_t>> version() = 0;
};

inline Task<Result<std::vector<std::optional<Document>>>> DocumentStore::get_all(std::string collection,
                                                                                 std::vector<std::string> ids) {
  std::vector<std::optional<Document>> out;
  for (std::string& id : ids) {
    auto document = co_await get(collection, std::move(id));
    if (!document) co_return std::unexpected(document.error());
    out.push_back(std::move(*document));
  }
  co_return out;
}

}  // namespace gamekeeper::ports
