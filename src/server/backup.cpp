#include "server/backup.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace gamekeeper::server {
namespace {

namespace fs = std::filesystem;

Error failed(const std::string& what) { return {ErrorKind::kUnavailable, "copy_failed", what}; }

Result<void> copy_database(const std::string& from, const std::string& to) {
  sqlite3 *source = nullptr, *target = nullptr;
  int code = sqlite3_open_v2(from.c_str(), &source, SQLITE_OPEN_READWRITE, nullptr);
  if (code == SQLITE_OK) code = sqlite3_open_v2(to.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_busy_timeout(source, 5000);
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup) {
      code = sqlite3_backup_step(backup, -1);  // one read transaction: a consistent moment, however busy the writer is
      sqlite3_backup_finish(backup);
    } else {
      code = SQLITE_ERROR;
    }
  }
  const std::string why = sqlite3_errstr(code);
  sqlite3_close(source);
  sqlite3_close(target);
  if (code != SQLITE_DONE) return std::unexpected(failed(from + " could not be copied: " + why + "."));
  return {};
}

/// Series first, then the log, then documents and the rest.
int order_of(const std::string& name) { return name.starts_with("series/") ? 0 : name.starts_with("log/") ? 1 : 2; }

}  // namespace

Result<CopyOutcome> backup_folder(const std::string& from, const std::string& to, const std::function<void(const std::string&)>& told) {
  std::error_code error;
  if (!fs::exists(from + "/format")) return fail(ErrorKind::kInvalid, "no_data", from + " is not a data folder.", "server.data");
  if (fs::exists(to, error) && !fs::is_empty(to, error)) return fail(ErrorKind::kInvalid, "not_empty", to + " is not empty.", "to");
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const std::string name = fs::relative(entry.path(), from).generic_string();
    if (!entry.is_regular_file() || name.ends_with("-wal") || name.ends_with("-shm") || name.ends_with("lock")) continue;
    names.push_back(name);
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) { return std::pair(order_of(a), a) < std::pair(order_of(b), b); });
  CopyOutcome outcome;
  for (const std::string& name : names) {
    const std::string target = to + "/" + name;
    fs::create_directories(fs::path(target).parent_path(), error);
    if (name.ends_with(".db") || name.ends_with(".log")) {
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

Result<CopyOutcome> restore_folder(const std::string& from, const std::string& to, const std::function<void(const std::string&)>& told) {
  return backup_folder(from, to, told);
}

}  // namespace gamekeeper::server
