#include "server/backup.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "adapters/embedded/data_folder.h"
#include "adapters/embedded/sqlite.h"

namespace gamekeeper::server {
namespace {

namespace fs = std::filesystem;
using adapters::sqlite::Database;

Error failed(const std::string& what) { return {ErrorKind::kUnavailable, "copy_failed", what}; }

Result<void> copy_database(const std::string& from, const std::string& to) {
  auto source = Database::open_existing(from), target = Database::open(to);
  if (!source) return std::unexpected(source.error());
  if (!target) return std::unexpected(target.error());
  sqlite3_backup* backup = sqlite3_backup_init(target->get(), "main", source->get(), "main");
  const int code = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;  // one read transaction: a consistent moment, however busy the writer is
  sqlite3_backup_finish(backup);
  if (code == SQLITE_DONE) return {};
  return std::unexpected(adapters::sqlite::error_of((code == SQLITE_IOERR_DATA ? source : target)->get(), code, from + " could not be copied"));
}

/// What belongs to running connections, and what an older version left.
bool is_copied(const std::string& name, bool plain) {
  for (const char* ending : {"-shm", "-mark", "lock"}) {
    if (name.ends_with(ending)) return false;
  }
  if (!plain && (name.ends_with("-wal") || name.ends_with("-journal"))) return false;
  return !name.starts_with("before-format-") && !name.starts_with("migrating/");
}

/// Series first, then the log, then documents and the rest.
int order_of(const std::string& name) { return name.starts_with("series/") ? 0 : name.starts_with("log/") ? 1 : 2; }

Result<CopyOutcome> copy_folder(const std::string& from, const std::string& to, const std::function<void(const std::string&)>& told) {
  std::error_code error;
  auto format = adapters::data_format(from);
  if (!format) return std::unexpected(format.error());
  if (!*format) return fail(ErrorKind::kInvalid, "no_data", from + " is not a data folder.", "server.data");
  const bool plain = **format < adapters::kDataFormat;  // a quiet folder of an older version: its files as they are
  if (fs::exists(to, error) && !fs::is_empty(to, error)) return fail(ErrorKind::kInvalid, "not_empty", to + " is not empty.", "to");
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const std::string name = fs::relative(entry.path(), from).generic_string();
    if (entry.is_regular_file() && is_copied(name, plain)) names.push_back(name);
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) { return std::pair(order_of(a), a) < std::pair(order_of(b), b); });
  CopyOutcome outcome;
  for (const std::string& name : names) {
    const std::string target = to + "/" + name;
    fs::create_directories(fs::path(target).parent_path(), error);
    if (name.starts_with("log/") && !fs::exists(from + "/" + name)) continue;  // retention took it meanwhile
    if (!plain && (name.ends_with(".db") || name.ends_with(".log"))) {
      if (auto ok = copy_database(from + "/" + name, target); !ok) return std::unexpected(ok.error());
    } else {
      fs::copy_file(from + "/" + name, target, error);
      if (error) return std::unexpected(failed(name + " could not be copied: " + error.message() + "."));
    }
    ++outcome.files;
    outcome.bytes += fs::file_size(target, error);
    told(name);
  }
  return outcome;
}

}  // namespace

Result<CopyOutcome> backup_folder(const std::string& from, const std::string& to, const std::function<void(const std::string&)>& told) {
  auto format = adapters::data_format(from);
  if (format && *format && **format < adapters::kDataFormat) {
    return fail(ErrorKind::kInvalid, "older_format", from + " was made by an older version; start the server once, which brings it up to date, or copy the folder while nothing runs.", "server.data");
  }
  return copy_folder(from, to, told);
}

Result<CopyOutcome> restore_folder(const std::string& from, const std::string& to, const std::function<void(const std::string&)>& told) {
  return copy_folder(from, to, told);
}

}  // namespace gamekeeper::server
