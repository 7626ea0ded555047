#include "adapters/embedded/data_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "adapters/embedded/checked_vfs.h"
#include "adapters/embedded/embedded_event_log.h"
#include "adapters/embedded/files.h"
#include "adapters/embedded/sqlite.h"
#include "base/log.h"

namespace gamekeeper::adapters {
namespace {

namespace fs = std::filesystem;

constexpr int kChecksummed = 2;  // the format from which on files are brought forward in their places
constexpr const char* kWork = "migrating";
constexpr const char* kKept = "before-format-2";

std::string format_text() { return with_checksum(fmt::format("{}\n", kDataFormat)); }

bool is_one_of(const std::string& name, std::initializer_list<const char*> endings) {
  for (const char* ending : endings) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

/// As a file name inside an SQLite URI.
std::string uri_of(const std::string& file) {
  std::string out = "file:";
  for (const char c : file) {
    if (c == '%' || c == '?' || c == '#')
      out += fmt::format("%{:02x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + "?vfs=" + sqlite::checked_vfs();
}

/// Writes the database anew with room for page checksums. What it has no checksum for yet is at least consistent.
Result<void> guard_database(const std::string& from, const std::string& to) {
  auto db = sqlite::Database::open_unguarded(from);
  if (!db) return std::unexpected(db.error());
  auto check = db->prepare("PRAGMA quick_check(1)");
  if (!check) return std::unexpected(check.error());
  auto row = check->step();
  if (!row) return std::unexpected(row.error());
  if (*row && check->bytes(0) != "ok")
    return fail(ErrorKind::kCorrupt, "corrupt", fmt::format("{} is damaged: {}.", from, check->bytes(0)),
                "server.data");
  *check = {};
  auto copy = db->prepare("VACUUM INTO ?1");
  if (!copy) return std::unexpected(copy.error());
  const std::string target = uri_of(to);
  if (auto ok = copy->text(1, target).run(); !ok) return ok;
  return sync_file(to);
}

Result<void> convert(const std::string& from, const std::string& to, const std::string& name) {
  if (is_one_of(name, {".db", ".log"})) return guard_database(from, to);
  auto bytes = read_file(from);
  if (!bytes) return std::unexpected(bytes.error());
  if (name != "log/manifest") return write_file(to, bytes->value_or(""));
  int format = 0;
  uint32_t partitions = 0;
  std::string word;
  std::istringstream in(bytes->value_or(""));
  if (!(in >> word >> format >> word >> partitions))
    return fail(ErrorKind::kCorrupt, "corrupt", from + " cannot be read.", "server.data");
  return write_file(to, log_manifest(partitions));
}

/// The whole folder in its new form, in <folder>/migrating; the file `complete` is made last.
Result<void> build(const std::string& folder, const std::string& work) {
  std::error_code error;
  fs::remove_all(work, error);
  if (auto ok = make_folder(work); !ok) return ok;
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder).generic_string();
    if (name.starts_with(kWork) || name.starts_with(kKept)) continue;
    if (!entry.is_regular_file() || name == "format" || is_one_of(name, {"-wal", "-shm", "-journal", "lock"})) continue;
    names.push_back(name);
  }
  for (const std::string& name : names) {
    const std::string to = work + "/" + name;
    if (auto ok = make_folder(fs::path(to).parent_path().string()); !ok) return ok;
    if (auto ok = convert(folder + "/" + name, to, name); !ok) return ok;
    if (auto ok = sync_folder(fs::path(to).parent_path().string()); !ok) return ok;
  }
  return write_file(work + "/complete", "");
}

/// Puts the new form in the old one's place, name by name: where it was interrupted it goes on.
Result<void> exchange(const std::string& folder, const std::string& work) {
  const std::string kept = folder + "/" + kKept;
  if (auto ok = make_folder(kept); !ok) return ok;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(work)) {
    const std::string name = entry.path().filename().string();
    if (name != "complete") names.push_back(name);
  }
  for (const std::string& name : names) {
    for (const char* suffix : {"", "-wal", "-shm"}) {  // a WAL belongs to its file
      const std::string old = name + suffix;
      if (!fs::exists(folder + "/" + old) || fs::exists(kept + "/" + old)) continue;
      if (auto ok = move_file(folder + "/" + old, kept + "/" + old); !ok) return ok;
    }
    if (auto ok = move_file(work + "/" + name, folder + "/" + name); !ok) return ok;
  }
  if (fs::exists(folder + "/format") && !fs::exists(kept + "/format")) {
    if (auto ok = move_file(folder + "/format", kept + "/format"); !ok) return ok;
  }
  if (auto ok = write_file(folder + "/format", format_text()); !ok) return ok;
  std::error_code ignored;
  fs::remove_all(work, ignored);
  return {};
}

/// Nobody of the older version may be at work meanwhile.
Result<FileLock> lock_older(const std::string& folder) {
  if (!fs::exists(folder + "/log")) return FileLock();
  return FileLock::take(folder + "/log/lock", "data_dir_in_use",
                        "Another gamekeeper works on " + folder + ", which an older version made; stop it first.");
}

Result<void> migrate(const std::string& folder) {
  const std::string work = folder + "/" + kWork;
  auto lock = lock_older(folder);
  if (!lock) return std::unexpected(lock.error());
  log::info("storage", "migrating", {log::text("folder", folder), log::text("kept_in", folder + "/" + kKept)});
  if (!fs::exists(work + "/complete")) {
    if (auto ok = build(folder, work); !ok) {
      std::error_code ignored;
      fs::remove_all(work, ignored);  // the old form is as it was
      return ok;
    }
  }
  return exchange(folder, work);
}

}  // namespace

Result<std::optional<int>> data_format(const std::string& folder) {
  const std::string file = folder + "/format";
  auto bytes = read_file(file);
  if (!bytes) return std::unexpected(bytes.error());
  // Format 1 did not sync this file: after a power loss it may be missing or empty.
  if (fs::exists(folder + "/" + kWork + "/complete") ||
      ((!*bytes || (*bytes)->empty()) && (fs::exists(folder + "/documents.db") || fs::exists(folder + "/log"))))
    return 1;
  if (!*bytes) return std::nullopt;
  int format = 0;
  std::istringstream in(**bytes);
  if (!(in >> format)) return fail(ErrorKind::kCorrupt, "corrupt", file + " is damaged.", "server.data");
  if (format > kDataFormat) {
    return fail(ErrorKind::kInvalid, "newer_format",
                fmt::format("The data folder {} was written by a newer version (format {}; this one knows {}).", folder,
                            format, kDataFormat),
                "server.data");
  }
  if (**bytes == "1\n") return 1;
  if (auto text = without_checksum(**bytes, file); !text) return std::unexpected(text.error());
  return format;
}

Result<void> open_data_folder(const std::string& folder) {
  if (fs::exists(folder) && ::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    return fail(ErrorKind::kUnavailable, "storage_read_only",
                fmt::format("The data folder {} cannot be written: {}.", folder, std::strerror(errno)), "server.data");
  }
  auto format = data_format(folder);
  if (!format) return std::unexpected(format.error());
  if (*format && **format < kChecksummed) return migrate(folder);
  if (auto ok = make_folder(folder); !ok) return ok;
  if (*format && **format == kDataFormat) return {};
  auto lock = lock_older(folder);
  if (!lock) return std::unexpected(lock.error());
  return write_file(folder + "/format", format_text());
}

}  // namespace gamekeeper::adapters
