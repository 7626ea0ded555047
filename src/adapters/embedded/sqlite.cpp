#include "adapters/embedded/sqlite.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

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

Result<void> sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool ok = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!ok) return fail(ErrorKind::kUnavailable, "storage_unavailable", "The folder " + folder + " cannot be synced.");
  return {};
}

Result<FileLock> FileLock::take(const std::string& file, const std::string& code, const std::string& message) {
  FileLock lock;
  lock.fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock.fd_ < 0) return fail(ErrorKind::kUnavailable, "storage_read_only", "The file " + file + " cannot be opened for writing.", "server.data");
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) return fail(ErrorKind::kConflict, code, message, "server.data");
  return lock;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace gamekeeper::adapters::sqlite
