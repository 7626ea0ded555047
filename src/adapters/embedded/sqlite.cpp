#include "adapters/embedded/sqlite.h"

namespace gamekeeper::adapters::sqlite {

Error error_of(sqlite3* db, int code, const std::string& what) {
  Error error{ErrorKind::kUnavailable, "storage_unavailable", what + ": " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(code)) + "."};
  error.retry_after = std::chrono::milliseconds(1000);
  switch (code & 0xff) {
    case SQLITE_FULL:
      error.kind = ErrorKind::kFull;
      error.code = "disk_full";
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      error.kind = ErrorKind::kCorrupt;
      error.code = "corrupt";
      break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: error.code = "storage_read_only"; break;
    default: break;
  }
  return error;
}

Result<Database> Database::open(const std::string& file, bool read_only) {
  Database db;
  const int flags = SQLITE_OPEN_NOMUTEX | (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(file.c_str(), &db.db_, flags, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error_of(db.db_, code, file + " cannot be opened"));
  sqlite3_busy_timeout(db.db_, 5000);
  return db;
}

Result<void> Database::exec(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error_of(db_, code, "Storage refused"));
  return {};
}

Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error_of(db_, code, "Storage refused"));
  return Statement(statement);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = error_of(sqlite3_db_handle(statement_), code, "Storage refused");
  sqlite3_reset(statement_);
  return std::unexpected(std::move(error));
}

Result<void> Statement::run() {
  auto row = step();
  reset();
  if (!row) return std::unexpected(row.error());
  return {};
}

}  // namespace gamekeeper::adapters::sqlite
