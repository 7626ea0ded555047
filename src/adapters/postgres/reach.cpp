#include <fmt/format.h>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/postgres_document_store.h"

namespace gamekeeper::adapters {
namespace {

using postgres::Connection;
using postgres::Target;

/// What people should know of a server, or why it will not do.
Result<std::string> look_at(const Target& target) {
  auto connection = Connection::open(target);
  if (!connection) return std::unexpected(connection.error());
  if (auto ok = postgres::check_schema(*connection, target.schema); !ok) return std::unexpected(ok.error());
  auto settings = connection->exec(
      "SELECT string_agg(name, ', ') FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting='off'");
  if (!settings) return std::unexpected(settings.error());
  const std::string version = "PostgreSQL " + connection->server_version();
  if (settings->count() == 1 && !settings->bytes(0, 0).empty()) {
    return fail(ErrorKind::kInvalid, "unsafe_settings",
                fmt::format("{} runs with {} off.", version, settings->bytes(0, 0)), "documents.url");
  }
  return version;
}

}  // namespace

Result<std::string> reach_postgres(const PostgresOptions& o) {
  auto primary = look_at({.url = o.url, .schema = o.schema, .answer_max = o.answer_max});
  if (!primary) return std::unexpected(primary.error());
  if (o.replica_url.empty()) return *primary + " answers.";
  auto replica = look_at({.url = o.replica_url, .schema = o.schema, .primary = false, .answer_max = o.answer_max});
  if (replica) return *primary + " and its replica answer.";
  Error error = replica.error();
  error.message = "The replica: " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace gamekeeper::adapters
