#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/embedded/recent.h"
#include "adapters/embedded/wal_index.h"
#include "ports/document_store.h"

namespace gamekeeper::adapters {

/// Documents as they were last read, those that do not exist included. Exact, though other processes write the same file:
/// every part holds what is true at one moment of the file, and answers at that moment alone. Safe from any thread.
class DocumentCache {
 public:
  using Moment = WalIndex::Moment;
  static constexpr size_t kBytesMax = size_t{32} << 20;
  static constexpr size_t kDocumentMax = size_t{64} << 10;  // bytes; larger ones are not kept

  explicit DocumentCache(const CommitWatch& watch, size_t bytes_max = kBytesMax);

  /// The document, or that there is none, at `now`; nothing, if that is not known.
  std::optional<std::optional<ports::Document>> find(std::string_view collection, std::string_view id,
                                                     const Moment& now);
  /// What was read between two looks at the moment that both gave `moment`.
  void keep(std::string_view collection, const std::string& id, const std::optional<ports::Document>& document,
            const Moment& moment);

  struct Change {
    const ports::Put* put = nullptr;
    uint64_t version = 0;
  };
  /// All that the writer's commit did, in order: what is kept of these documents is replaced.
  void follow(const CommitWatch::Step& step, std::span<const Change> changes);

 private:
  static constexpr size_t kParts = 16;
  using Documents = Recent<2, std::optional<ports::Document>>;

  struct Part {
    std::mutex mutex;
    std::optional<Moment> at;
    Documents documents{0};
  };

  static size_t part_of(const Documents::Name& name) { return name.hash % kParts; }

  const CommitWatch& watch_;
  std::array<Part, kParts> parts_;
  std::array<std::vector<const Change*>, kParts> sorted_;  // the writer's, used again and again
};

}  // namespace gamekeeper::adapters
