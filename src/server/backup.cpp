#include "server/backup.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "adapters/embedded/data_folder.h"
#include "adapters/embedded/embedded_event_log.h"
#include "adapters/embedded/sqlite.h"
#include "server/backup_manifest.h"
#include "server/file_copy.h"

namespace gamekeeper::server {
namespace {

namespace fs = std::filesystem;
using adapters::sqlite::Database;

struct Found {
  std::string name;
  uint64_t bytes = 0;
};

/// Series first, then the log, then documents and the rest.
int order_of(const std::string& name) { return name.starts_with("series/") ? 0 : name.starts_with("log/") ? 1 : 2; }

bool is_database(const std::string& name) { return name.ends_with(".db") || name.ends_with(".log"); }

/// Locks and what SQLite keeps beside its files belong to the running process; the rest is data.
bool is_data(const std::string& name) {
  for (const char* end : {"-wal", "-shm", "-mark", "-journal", "lock", ".new", ".doctor"}) {
    if (name.ends_with(end)) return false;
  }
  return !name.starts_with("before-format-") && !name.starts_with("migrating/");  // what an older version left
}

std::vector<Found> files_of(const std::string& folder) {
  std::vector<Found> out;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    std::error_code gone;
    const std::string name = fs::relative(at->path(), folder, gone).generic_string();
    if (!at->is_regular_file(gone) || !is_data(name)) continue;
    out.push_back({name, at->file_size(gone)});
  }
  std::sort(out.begin(), out.end(), [](const Found& a, const Found& b) {
    return std::pair(order_of(a.name), a.name) < std::pair(order_of(b.name), b.name);
  });
  return out;
}

Result<void> make_empty(const std::string& folder, const std::string& from) {
  std::error_code error;
  const std::string inner = fs::weakly_canonical(folder, error).generic_string() + "/",
                    outer = fs::weakly_canonical(from, error).generic_string() + "/";
  if (inner.starts_with(outer))
    return fail(ErrorKind::kInvalid, "not_empty", folder + " lies inside " + from + ".", "to");
  if (fs::exists(folder, error) && !fs::is_empty(folder, error))
    return fail(ErrorKind::kInvalid, "not_empty", folder + " is not empty: nothing was copied.", "to");
  fs::create_directories(folder, error);
  if (error) return std::unexpected(copy_failed(folder, error.message()));
  return {};
}

/// The number a query of one row answers; 0 when there is no row.
Result<uint64_t> number_of(const std::string& file, const char* sql) {
  auto db = Database::open(file);  // a connection that only reads would leave its -wal and -shm behind
  if (!db) return std::unexpected(db.error());
  auto query = db->prepare(sql);
  if (!query) return std::unexpected(query.error());
  auto row = query->step();
  if (!row) return std::unexpected(row.error());
  return *row ? static_cast<uint64_t>(query->number(0)) : 0;
}

/// "series/p03.db" and "log/p03/…" → 3.
uint32_t partition_of(const std::string& name) {
  return static_cast<uint32_t>(std::stoul(name.substr(name.find("/p") + 2)));
}

/// Adds what `file`, a copy, says about its partition.
Result<void> note_position(const std::string& name, const std::string& file,
                           std::map<uint32_t, CopiedPartition>& partitions) {
  const bool series = name.starts_with("series/p"), log = name.starts_with("log/p");
  if (!is_database(name) || (!series && !log)) return {};
  auto position = number_of(file, series ? "SELECT position FROM meta"
                                         : "SELECT position + count FROM batches ORDER BY position DESC LIMIT 1");
  if (!position) return std::unexpected(position.error());
  CopiedPartition& p = partitions[partition_of(name)];
  p.partition = partition_of(name);
  (series ? p.series : p.log) = std::max(series ? p.series : p.log, *position);
  return {};
}

/// Tells whoever waits how far all the files together have come.
class Teller {
 public:
  Teller(const ProgressTold& told, uint64_t files, uint64_t bytes) : told_(told) {
    now_.files = files, now_.bytes = bytes;
  }
  BytesTold begin(const std::string& file) {
    now_.file = file;
    return [this, base = now_.bytes_done](uint64_t bytes) {
      now_.bytes_done = std::min(base + bytes, now_.bytes);
      told_(now_);
    };
  }
  void end(uint64_t bytes) {
    ++now_.files_done;
    before_ += bytes;
    now_.bytes_done = std::min(before_, now_.bytes);
    told_(now_);
  }

 private:
  const ProgressTold& told_;
  CopyProgress now_;
  uint64_t before_ = 0;
};

template <class Files>
Teller teller_of(const Files& files, const ProgressTold& told) {
  uint64_t bytes = 0;
  for (const auto& f : files) bytes += f.bytes;
  return Teller(told, files.size(), bytes);
}

Result<void> make_parent(const std::string& file) {
  std::error_code error;
  fs::create_directories(fs::path(file).parent_path(), error);
  if (error) return std::unexpected(copy_failed(file, error.message()));
  return {};
}

struct Copied {
  std::vector<BackupManifest::File> files;
  std::map<uint32_t, CopiedPartition> partitions;
};

/// One file of a folder that may be in use; nothing when it has been removed meanwhile.
Result<void> back_up(const Found& file, const std::string& from, const std::string& to, const BytesTold& told,
                     Copied& copied) {
  const std::string source = from + "/" + file.name, target = to + "/" + file.name;
  if (auto ok = make_parent(target); !ok) return ok;
  if (!fs::exists(source)) return {};
  Result<uint64_t> checksum;
  if (is_database(file.name)) {
    if (auto ok = copy_database(source, target, told); !ok) return ok;
    if (auto ok = note_position(file.name, target, copied.partitions); !ok) return ok;
    checksum = checksum_of(target);
  } else {
    checksum = copy_plain(source, target, told);
  }
  if (!checksum) return std::unexpected(checksum.error());
  copied.files.push_back({file.name, fs::file_size(target), *checksum});
  return {};
}

CopyOutcome outcome_of(const BackupManifest& manifest) {
  CopyOutcome outcome{.files = manifest.files.size(), .bytes = 0, .partitions = manifest.partitions};
  for (const auto& file : manifest.files) outcome.bytes += file.bytes;
  return outcome;
}

}  // namespace

Result<CopyOutcome> backup_folder(const std::string& from, const std::string& to, const ProgressTold& told) {
  auto format = adapters::data_format(from);
  if (!format) return std::unexpected(format.error());
  if (!*format) return fail(ErrorKind::kInvalid, "no_data", from + " is not a data folder.", "server.data");
  if (**format < adapters::kDataFormat) {
    return fail(ErrorKind::kInvalid, "older_format",
                from +
                    " was made by an older version; start the server once, which brings it up to date, or copy the "
                    "folder while nothing runs.",
                "server.data");
  }
  if (fs::exists(from + "/" + kRestoringFile))
    return fail(ErrorKind::kInvalid, "no_data", from + " holds a restore that did not come to its end.", "server.data");
  if (auto ok = make_empty(to, from); !ok) return std::unexpected(ok.error());
  // Series are copied first, the log after them: nothing that lies between may be trimmed meanwhile.
  auto kept = adapters::keep_log(from + "/log");
  if (!kept) return std::unexpected(kept.error());
  const std::vector<Found> files = files_of(from);
  Teller teller = teller_of(files, told);
  Copied copied;
  for (const Found& file : files) {
    if (auto ok = back_up(file, from, to, teller.begin(file.name), copied); !ok) return std::unexpected(ok.error());
    teller.end(file.bytes);
  }
  BackupManifest manifest{std::move(copied.files), {}};
  for (const auto& [number, partition] : copied.partitions) manifest.partitions.push_back(partition);
  if (auto ok = write_manifest(to, manifest); !ok) return std::unexpected(ok.error());
  return outcome_of(manifest);
}

Result<CopyOutcome> restore_folder(const std::string& from, const std::string& to, const ProgressTold& told) {
  auto manifest = read_manifest(from);
  if (!manifest) return std::unexpected(manifest.error());
  if (auto ok = make_empty(to, from); !ok) return std::unexpected(ok.error());
  const std::string marker = to + "/" + kRestoringFile;
  std::ofstream(marker) << from << "\n";
  if (auto ok = sync_all(to); !ok) return std::unexpected(ok.error());
  Teller teller = teller_of(manifest->files, told);
  for (const auto& file : manifest->files) {
    const std::string target = to + "/" + file.name;
    if (auto ok = make_parent(target); !ok) return std::unexpected(ok.error());
    auto checksum = copy_plain(from + "/" + file.name, target, teller.begin(file.name));
    if (!checksum) return std::unexpected(checksum.error());
    if (*checksum != file.checksum || fs::file_size(target) != file.bytes) {
      return fail(ErrorKind::kCorrupt, "damaged_backup",
                  from + "/" + file.name + " is not what was backed up: its checksum differs.", "from");
    }
    teller.end(file.bytes);
  }
  if (auto ok = sync_all(to); !ok) return std::unexpected(ok.error());
  std::error_code error;
  fs::remove(marker, error);
  if (error) return std::unexpected(copy_failed(marker, error.message()));
  if (auto ok = sync_all(to); !ok) return std::unexpected(ok.error());
  return outcome_of(*manifest);
}

}  // namespace gamekeeper::server
