#include "adapters/embedded/document_format.h"

#include <cstdint>
#include <tuple>

namespace gamekeeper::adapters {
namespace {

void append_part(std::string& out, std::string_view part) {
  const auto size = static_cast<uint32_t>(part.size());
  for (uint32_t rest = size;; rest >>= 7) {
    if (rest < 0x80) {
      out += static_cast<char>(rest);
      break;
    }
    out += static_cast<char>((rest & 0x7f) | 0x80);
  }
  out += part;
}

bool read_part(std::string_view& rest, std::string_view& part) {
  uint64_t size = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (rest.empty()) return false;
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    size |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if (size > rest.size()) return false;
    part = rest.substr(0, size);
    rest.remove_prefix(size);
    return true;
  }
  return false;
}

// A document's entries lie beside it as well: who replaces it need not look for them, and most writes leave them as they
// are. They stand before the body, which may be long.
// A row of the outbox holds as many facts as `facts` says, with the numbers up to `sequence`; 0: one, as it is.
constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS documents(collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, "
    "entries BLOB NOT NULL DEFAULT x'', body TEXT NOT NULL, PRIMARY KEY(collection, id)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS entries(collection TEXT NOT NULL, idx TEXT NOT NULL, key BLOB NOT NULL, id TEXT NOT "
    "NULL, PRIMARY KEY(collection, idx, key, id)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS outbox(sequence INTEGER PRIMARY KEY AUTOINCREMENT, partition_key TEXT NOT NULL, body "
    "BLOB NOT NULL, facts INTEGER NOT NULL DEFAULT 0);";

Result<bool> has_column(sqlite::Database& db, std::string_view table, std::string_view column) {
  auto found = db.prepare("SELECT 1 FROM pragma_table_info(?1) WHERE name=?2");
  if (!found) return std::unexpected(found.error());
  return found->text(1, table).text(2, column).step();
}

/// Documents come one after another: the old index orders entries so.
Result<void> pack_all(sqlite::Database& db) {
  auto read = db.prepare("SELECT collection, id, idx, key FROM entries ORDER BY collection, id");
  if (!read) return std::unexpected(read.error());
  auto write = db.prepare("UPDATE documents SET entries=?3 WHERE collection=?1 AND id=?2");
  if (!write) return std::unexpected(write.error());
  std::string collection, id, packed;
  for (;;) {
    auto row = read->step();
    if (!row) return std::unexpected(row.error());
    if (!packed.empty() && (!*row || read->bytes(0) != collection || read->bytes(1) != id)) {
      if (auto ok = write->text(1, collection).text(2, id).blob(3, packed).run(); !ok) return ok;
      packed.clear();
    }
    if (!*row) return {};
    collection = read->bytes(0);
    id = read->bytes(1);
    append_pair(packed, read->bytes(2), read->bytes(3));
  }
}

Result<void> bring_up_to_date(sqlite::Database& db) {
  if (auto ok = db.exec(kTables); !ok) return ok;
  auto packed = has_column(db, "documents", "entries");
  if (!packed) return std::unexpected(packed.error());
  if (!*packed) {
    if (auto ok = db.exec("ALTER TABLE documents ADD COLUMN entries BLOB NOT NULL DEFAULT x''"); !ok) return ok;
    if (auto ok = pack_all(db); !ok) return ok;
    if (auto ok = db.exec("DROP INDEX IF EXISTS entries_by_document"); !ok) return ok;
  }
  auto counted = has_column(db, "outbox", "facts");
  if (!counted) return std::unexpected(counted.error());
  if (*counted) return {};
  return db.exec("ALTER TABLE outbox ADD COLUMN facts INTEGER NOT NULL DEFAULT 0");
}

}  // namespace

void append_pair(std::string& packed, std::string_view first, std::string_view second) {
  append_part(packed, first);
  append_part(packed, second);
}

std::vector<Pair> unpack(std::string_view packed) {
  std::vector<Pair> out;
  Pair pair;
  while (read_part(packed, pair.first) && read_part(packed, pair.second)) out.push_back(pair);
  return out;
}

Result<void> make_document_tables(sqlite::Database& db) {
  if (auto ok = db.exec("BEGIN IMMEDIATE"); !ok) return ok;
  auto done = bring_up_to_date(db);
  if (done) done = db.exec("COMMIT");
  if (!done && !sqlite3_get_autocommit(db.get())) std::ignore = db.exec("ROLLBACK");
  return done;
}

}  // namespace gamekeeper::adapters
