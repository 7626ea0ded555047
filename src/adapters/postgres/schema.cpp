#include <fmt/format.h>

#include "adapters/postgres/connection.h"

namespace gamekeeper::adapters::postgres {
namespace {

constexpr int kFormat = 1;

// Ids and keys are any bytes and stand in the order of their bytes, which no text type promises.
constexpr const char* kTables =
    "CREATE TABLE documents(collection text COLLATE \"C\", id bytea, version bigint NOT NULL, body bytea NOT NULL, "
    "PRIMARY KEY(collection, id)) WITH (fillfactor=85);"
    "CREATE TABLE entries(collection text COLLATE \"C\", idx text COLLATE \"C\", key bytea, id bytea, "
    "single boolean NOT NULL, PRIMARY KEY(collection, idx, key, id));"
    "CREATE INDEX entries_by_document ON entries(collection, id);"
    "CREATE UNIQUE INDEX entries_single ON entries(collection, idx, key) WHERE single;"
    // Rows come and go: dead ones are cleared away by their number, not by their share.
    "CREATE TABLE outbox(sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, partition_key bytea NOT NULL, "
    "body bytea NOT NULL) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=5000);"
    "CREATE TABLE store_state(one boolean PRIMARY KEY DEFAULT true CHECK (one), commits bigint NOT NULL) "
    "WITH (fillfactor=10);"
    "INSERT INTO store_state(commits) VALUES (0);"
    "CREATE TABLE writers(id bytea PRIMARY KEY, batch bigint NOT NULL, seen timestamptz NOT NULL) "
    "WITH (fillfactor=10);";

Result<bool> is_there(Connection& connection, const std::string& schema) {
  auto there = connection.exec(fmt::format("SELECT to_regclass('{}.format') IS NOT NULL", schema));
  if (!there) return std::unexpected(there.error());
  return there->bytes(0, 0) == "t";
}

Result<void> check(Connection& connection) {
  auto format = connection.exec("SELECT version FROM format");
  if (!format) return std::unexpected(format.error());
  const std::string found(format->count() == 1 ? format->bytes(0, 0) : "none");
  if (found == std::to_string(kFormat)) return {};
  return fail(ErrorKind::kInvalid, "newer_format",
              fmt::format("The PostgreSQL database has format {}; this program writes format {}: start the version "
                          "that made it, or a newer one.",
                          found, kFormat),
              "documents.url");
}

Result<void> make(Connection& connection, const std::string& schema) {
  auto made =
      connection.exec(fmt::format("CREATE SCHEMA IF NOT EXISTS {}; {} CREATE TABLE format(version int NOT NULL); "
                                  "INSERT INTO format VALUES ({});",
                                  schema, kTables, kFormat));
  if (!made) return std::unexpected(made.error());
  return {};
}

}  // namespace

Result<void> check_schema(Connection& connection, const std::string& schema) {
  auto there = is_there(connection, schema);
  if (!there) return std::unexpected(there.error());
  return *there ? check(connection) : Result<void>();
}

Result<void> prepare_schema(Connection& connection, const std::string& schema) {
  auto begun =
      connection.exec(fmt::format("BEGIN; SELECT pg_advisory_xact_lock(hashtext('gamekeeper.format.{}'))", schema));
  if (!begun) return std::unexpected(begun.error());
  auto there = is_there(connection, schema);
  Result<void> ready;
  if (!there)
    ready = std::unexpected(there.error());
  else
    ready = *there ? check(connection) : make(connection, schema);
  auto ended = connection.exec(ready ? "COMMIT" : "ROLLBACK");
  if (!ready) return ready;
  if (!ended) return std::unexpected(ended.error());
  return {};
}

}  // namespace gamekeeper::adapters::postgres
