#include "adapters/embedded/document_entries.h"

#include <cstdint>
#include <cstring>

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

Result<bool> has_column(sqlite::Database& db) {
  auto found = db.prepare("SELECT 1 FROM pragma_table_info('documents') WHERE name='entries'");
  if (!found) return std::unexpected(found.error());
  return found->step();
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
    append_part(packed, read->bytes(2));
    append_part(packed, read->bytes(3));
  }
}

Result<void> rewrite(sqlite::Database& db) {
  if (auto ok = db.exec("ALTER TABLE documents ADD COLUMN entries BLOB NOT NULL DEFAULT x''"); !ok) return ok;
  if (auto ok = pack_all(db); !ok) return ok;
  return db.exec("DROP INDEX IF EXISTS entries_by_document");
}

}  // namespace

std::string pack(const std::vector<ports::IndexEntry>& entries) {
  std::string out;
  for (const ports::IndexEntry& entry : entries) {
    append_part(out, entry.index);
    append_part(out, entry.key);
  }
  return out;
}

std::vector<PackedEntry> unpack(std::string_view packed) {
  std::vector<PackedEntry> out;
  PackedEntry entry;
  while (read_part(packed, entry.index) && read_part(packed, entry.key)) out.push_back(entry);
  return out;
}

Result<void> bring_entries_up_to_date(sqlite::Database& db) {
  auto is_new = has_column(db);
  if (!is_new) return std::unexpected(is_new.error());
  if (*is_new) return {};
  if (auto ok = db.exec("BEGIN IMMEDIATE"); !ok) return ok;
  auto done = rewrite(db);
  if (done) done = db.exec("COMMIT");
  if (!done && !sqlite3_get_autocommit(db.get())) std::ignore = db.exec("ROLLBACK");
  return done;
}

}  // namespace gamekeeper::adapters
