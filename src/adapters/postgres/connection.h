#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/values.h"
#include "base/result.h"

namespace gamekeeper::adapters::postgres {

using Deadline = std::chrono::steady_clock::time_point;

/// A statement that every connection prepares when it is made.
struct Statement {
  const char* name;
  const char* sql;
};

struct Call {
  const Statement* statement;
  Params params = {};
};

/// How a connection is made.
struct Target {
  std::string url;             // libpq's: postgresql://user:password@host/database?sslmode=verify-full
  std::string schema;          // made of [a-z0-9_]
  bool primary = true;         // of several hosts the one that can be written to; else rather one that cannot
  bool writes = false;         // also makes the tables
  std::vector<Statement> statements = {};
  std::chrono::milliseconds answer_max{10'000};  // silence beyond which a server counts as gone
};

/// One connection to a PostgreSQL server; belongs to one thread at a time. Errors of all: kUnavailable
/// `storage_unavailable` when the connection is lost (lost() then says so), kFull, kCorrupt, kOverloaded, kInternal.
class Connection {
 public:
  static Result<Connection> open(const Target& target);

  /// Sends all calls at once and reads their answers: one wait for the network. Each stands for itself when `apart`; else
  /// what follows a refused one is not done. Once the connection is lost all that is left gets that error.
  std::vector<Result<Rows>> run(std::span<const Call> calls, bool apart);
  /// The same of calls that stand or fall together: all answers, or the first error.
  Result<std::vector<Rows>> run(std::span<const Call> calls);

  /// SQL of any number of statements; what the last one answered, as text.
  Result<Rows> exec(const std::string& sql);

  bool lost() const { return lost_; }
  std::string server_version() const;

 private:
  using Handle = std::unique_ptr<PGconn, decltype(&PQfinish)>;
  Connection(Handle handle, std::chrono::milliseconds answer_max)
      : handle_(std::move(handle)), answer_max_(answer_max) {}

  Result<void> set_up(const Target& target);
  Result<void> prepare(const std::vector<Statement>& statements);
  Result<void> send(std::span<const Call> calls, bool apart, Deadline until);
  Result<Rows> receive(Deadline until);
  Result<void> receive_sync(Deadline until);
  Result<void> wait(bool to_write, Deadline until);
  Result<PGresult*> next(Deadline until);
  std::unexpected<Error> gone(const std::string& why);
  Deadline patience() const { return std::chrono::steady_clock::now() + answer_max_; }

  Handle handle_;
  std::chrono::milliseconds answer_max_;
  bool lost_ = false;
  Error loss_;
};

/// Makes the tables where they are missing; one process at a time. Errors: kInvalid `newer_format`, else a Connection's.
Result<void> prepare_schema(Connection& connection, const std::string& schema);

/// Whether the tables, if they are there, are of this program's format. Errors: as above.
Result<void> check_schema(Connection& connection, const std::string& schema);

/// The server's complaint as ours.
Error error_of(const PGresult* result);

}  // namespace gamekeeper::adapters::postgres
