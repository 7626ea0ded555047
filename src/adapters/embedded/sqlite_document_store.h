#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "ports/document_store.h"

namespace gamekeeper::adapters {

/// DocumentStore in one SQLite file (WAL, synchronous=FULL). One writer takes all write sets that wait into one
/// transaction; a conflict costs only its own set.
class SqliteDocumentStore final : public ports::DocumentStore {
 public:
  /// `metrics` must live as long as the store. Errors: kUnavailable, kCorrupt, kInvalid `newer_format`.
  static Result<std::unique_ptr<SqliteDocumentStore>> open(std::string file, Metrics* metrics = nullptr);
  ~SqliteDocumentStore() override;

  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override;
  Task<Result<std::optional<ports::Document>>> get(std::string collection, std::string id,
                                                   ports::Freshness freshness) override;
  Task<Result<std::vector<std::optional<ports::Document>>>> get_all(std::string collection,
                                                                    std::vector<std::string> ids) override;
  Task<Result<ports::DocumentPage>> query(ports::Query query) override;
  Task<Result<uint64_t>> count(std::string collection, std::string index, std::string from, std::string to) override;
  Task<Result<std::vector<ports::OutboxEntry>>> outbox(uint32_t limit) override;
  Task<Result<void>> outbox_done(uint64_t up_to_sequence) override;
  Task<Result<uint64_t>> version() override;

 private:
  struct Impl;
  explicit SqliteDocumentStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamekeeper::adapters
