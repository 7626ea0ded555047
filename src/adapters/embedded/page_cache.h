#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/embedded/recent.h"
#include "adapters/embedded/wal_index.h"
#include "ports/document_store.h"

namespace gamekeeper::adapters {

/// Pages of indexes as they were last read: a player's ratings, matches, messages. Exact as DocumentCache is. All keys of a
/// range begin with what its two ends have in common; a page is kept under that, and dropped when a document that has a key
/// of this beginning is written. Safe from any thread.
class PageCache {
 public:
  using Moment = WalIndex::Moment;
  using Page = std::shared_ptr<const ports::DocumentPage>;
  static constexpr size_t kBytesMax = size_t{32} << 20;
  static constexpr size_t kPageMax = size_t{64} << 10;  // bytes; larger ones are not kept

  explicit PageCache(const CommitWatch& watch, size_t bytes_max = kBytesMax);

  /// The page at `now`; null, if it is not known.
  Page find(const ports::Query& query, const Moment& now);
  /// What was read between two looks at the moment that both gave `moment`.
  void keep(const ports::Query& query, const ports::DocumentPage& page, const Moment& moment);

  /// Index entries (packed) of a document before and after it was written.
  struct Touched {
    const ports::Put* put = nullptr;
    std::string before, after;  // `after` is empty where nothing changed
  };
  /// All that the writer's commit did, or more.
  void follow(const CommitWatch::Step& step, std::span<const Touched> touched);

 private:
  static constexpr size_t kParts = 8;
  static constexpr size_t kLengthsMax = 64;
  static constexpr size_t kPagesAGroup = 8;

  struct Known {
    ports::Query query;
    Page page;
  };
  using Groups = Recent<3, std::vector<Known>>;  // by collection, index and how the keys begin

  struct Part {
    std::mutex mutex;
    std::optional<Moment> at;
    Groups groups{0};
  };

  Part& part_of(const Groups::Name& name) { return parts_[name.hash % kParts]; }
  bool note_length(const ports::Query& query, size_t length);
  void forget(std::string_view collection, std::string_view index, std::string_view key);

  const CommitWatch& watch_;
  std::array<Part, kParts> parts_;
  std::mutex lengths_mutex_;  // after those of parts
  /// How long the beginnings are of which there may be pages, by collection and index.
  std::unordered_map<Texts<2>, std::set<size_t>, TextsHash, TextsSame> lengths_;
};

}  // namespace gamekeeper::adapters
