#include "adapters/embedded/sqlite.h"

#include "adapters/embedded/checked_vfs.h"
#include "adapters/embedded/wal_file.h"

namespace gamekeeper::adapters::sqlite {

namespace {

std::string damage_of(sqlite3* db) {
  std::string damage;
  if (db) sqlite3_file_control(db, "main", kDamageFound, &damage);
  return damage;
}

std::string file_of(sqlite3* db) {
  const char* name = db ? sqlite3_db_filename(db, "main") : nullptr;
  return name ? name : "";
}

}  // namespace

Error error_of(sqlite3* db, int code, const std::string& what) {
  Error error{ErrorKind::kUnavailable, "storage_unavailable",
              what + ": " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(code)) + "."};
  error.retry_after = std::chrono::milliseconds(1000);
  const int extended = db && (code & ~0xff) == 0 ? sqlite3_extended_errcode(db) : code;
  switch (code & 0xff) {
    case SQLITE_FULL:
      error.kind = ErrorKind::kFull;
      error.code = "disk_full";
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      error.kind = ErrorKind::kCorrupt;
      error.code = "corrupt";
      error.message = file_of(db) + " is damaged: " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(code)) + ".";
      break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      error.code = "storage_read_only";
      break;
    default:
      break;
  }
  if (extended == SQLITE_IOERR_DATA) {
    error.kind = ErrorKind::kCorrupt;
    error.code = "corrupt";
    error.message = damage_of(db) + ".";
  } else if (extended == SQLITE_IOERR_SHMSIZE) {  // the WAL's index could not grow: no space for it
    error.kind = ErrorKind::kFull;
    error.code = "disk_full";
  } else if (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC) {
    error.code = "storage_failed";
    error.message = file_of(db) +
                    " could not be synced, so nothing more is written to it; check the disk, then restart the server.";
  }
  return error;
}

Result<Database> Database::open_with(const std::string& file, int flags, const char* vfs) {
  Database db;
  const int code = sqlite3_open_v2(file.c_str(), &db.db_, SQLITE_OPEN_NOMUTEX | flags, vfs);
  if (code != SQLITE_OK) return std::unexpected(error_of(db.db_, code, file + " cannot be opened"));
  sqlite3_busy_timeout(db.db_, 5000);
  int reserved = kPageChecksumBytes;  // counts when the file is made
  sqlite3_file_control(db.db_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  return db;
}

Result<Database> Database::open(const std::string& file) {
  return open_with(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, checked_vfs());
}

Result<Database> Database::open_existing(const std::string& file) {
  return open_with(file, SQLITE_OPEN_READWRITE, checked_vfs());
}

Result<Database> Database::open_writer(const std::string& file) {
  if (auto ok = check_wal(file); !ok) return std::unexpected(ok.error());
  return open(file);
}

Result<Database> Database::open_unguarded(const std::string& file) {
  return open_with(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, "unix");
}

Result<void> Database::exec(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error_of(db_, code, "Storage refused"));
  return {};
}

Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
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
