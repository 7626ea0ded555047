#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gamekeeper::adapters::sqlite {

/// SQLite's codes as ours: full disk kFull, damage kCorrupt (naming file and offset), everything else kUnavailable;
/// `storage_failed` once a sync has failed: nothing more is written until a restart.
Error error_of(sqlite3* db, int code, const std::string& what);

class Statement;

/// One connection. Not thread-safe.
class Database {
 public:
  Database() = default;
  Database(Database&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Database& operator=(Database&& other) noexcept {
    std::swap(db_, other.db_);
    return *this;
  }
  ~Database() { sqlite3_close_v2(db_); }

  /// Opens or makes the file, its pages guarded (checked_vfs.h). Errors: kUnavailable, kCorrupt.
  static Result<Database> open(const std::string& file);
  /// The same, but never makes the file: it may have been removed meanwhile.
  static Result<Database> open_existing(const std::string& file);
  /// The same for a connection that will write: what the WAL once held for certain has to be there still.
  static Result<Database> open_writer(const std::string& file);
  /// A file of an older version, without page checksums; a VACUUM INTO makes room for them.
  static Result<Database> open_unguarded(const std::string& file);
  Result<void> exec(const std::string& sql);
  Result<Statement> prepare(const std::string& sql);
  sqlite3* get() const { return db_; }

 private:
  static Result<Database> open_with(const std::string& file, int flags, const char* vfs);
  sqlite3* db_ = nullptr;
};

/// A prepared statement, used again and again. Bind, then step; reset() before the next use.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(statement_, other.statement_);
    return *this;
  }
  ~Statement() { sqlite3_finalize(statement_); }

  Statement& bind(int at, int64_t value) { return sqlite3_bind_int64(statement_, at, value), *this; }
  /// The bytes must live until the next reset().
  Statement& text(int at, std::string_view value) {
    sqlite3_bind_text64(statement_, at, value.data() ? value.data() : "", value.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
  }
  Statement& blob(int at, std::string_view value) {
    sqlite3_bind_blob64(statement_, at, value.data() ? value.data() : "", value.size(), SQLITE_STATIC);
    return *this;
  }
  /// True: a row is there. False: done.
  Result<bool> step();
  /// Steps once and resets: for statements without rows.
  Result<void> run();
  void reset() { sqlite3_reset(statement_); }

  int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string_view bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_, column);
    return {static_cast<const char*>(data), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace gamekeeper::adapters::sqlite
