#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "ports/document_store.h"

namespace gamekeeper::adapters {

struct PostgresOptions {
  std::string url;          // libpq's: postgresql://user:password@host/database?sslmode=verify-full
  std::string replica_url;  // of a streaming replica for reads that may be stale; empty: none
  std::string schema = "gamekeeper";  // [a-z_][a-z0-9_]*
  int readers = 4;                    // connections that read, on each of the two
  std::chrono::milliseconds patience{5'000};     // how long a server may be away before calls fail
  std::chrono::milliseconds answer_max{10'000};  // silence beyond which a connection counts as broken
  Metrics* metrics = nullptr;                    // must live as long as the store
};

/// DocumentStore in a schema of a PostgreSQL database (13 or newer), shared by any number of processes. What waits to be
/// written goes into one transaction (postgres/writer.h); reads that may be stale go to the replica while it answers.
class PostgresDocumentStore final : public ports::DocumentStore {
 public:
  /// Makes the tables where they are missing. Errors: kUnavailable, kInvalid `newer_format`.
  static Result<std::unique_ptr<PostgresDocumentStore>> open(PostgresOptions options);
  ~PostgresDocumentStore() override;

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

  /// What stands behind it: for people.
  struct State {
    std::string server_version;
    uint64_t commits = 0;
    std::optional<uint64_t> replica_behind;  // commits that the replica does not show yet; nullopt: no answer, or none
  };
  Task<Result<State>> state();

 private:
  struct Impl;
  explicit PostgresDocumentStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether the database answers, and a sentence about it; makes nothing. Blocks. Errors: kUnavailable, kInvalid
/// `newer_format`, `unsafe_settings` when the server acknowledges what is not on disk.
Result<std::string> reach_postgres(const PostgresOptions& options);

/// Of the client library.
std::string postgres_library_version();

}  // namespace gamekeeper::adapters
