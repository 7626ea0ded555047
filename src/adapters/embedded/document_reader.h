#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/embedded/sqlite.h"
#include "ports/document_store.h"

namespace gamekeeper::adapters {

/// A reading connection of a document store. One thread at a time.
class DocumentReader {
 public:
  static Result<std::unique_ptr<DocumentReader>> open(const std::string& file);

  Result<std::optional<ports::Document>> get(const std::string& collection, const std::string& id);
  /// All of one moment: every look by itself would have to find its way through the file anew.
  Result<std::vector<std::optional<ports::Document>>> get_all(const std::string& collection,
                                                              const std::vector<std::string>& ids);
  Result<ports::DocumentPage> query(const ports::Query& query);
  Result<uint64_t> count(const std::string& collection, const std::string& index, const std::string& from,
                         const std::string& to);
  Result<std::vector<ports::OutboxEntry>> outbox(uint32_t limit);
  /// Moves with every commit of another connection.
  Result<uint64_t> data_version();

 private:
  /// One statement for ranges that go on to the end of their index and one for those that end before.
  struct Ranged {
    sqlite::Statement open, ended;
    sqlite::Statement& which(bool has_end) { return has_end ? ended : open; }
  };
  Result<ports::DocumentPage> by_index(const ports::Query& query);
  Result<ports::DocumentPage> by_id(const ports::Query& query);

  sqlite::Database db_;
  sqlite::Statement begin_, end_, one_, outbox_, data_version_;
  Ranged up_, down_, ids_up_, ids_down_, count_, count_ids_;
};

}  // namespace gamekeeper::adapters
