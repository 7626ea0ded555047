#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gamekeeper::server {

/// How far a copy has come. Bytes are of the files as they lay there when the copy began.
struct CopyProgress {
  std::string file;
  uint64_t files_done = 0, files = 0, bytes_done = 0, bytes = 0;
};
using ProgressTold = std::function<void(const CopyProgress&)>;

/// A copied partition: one past its newest event on the log, and the position up to which its series are folded
/// (0: none; on Kafka the log is not part of the copy).
struct CopiedPartition {
  uint32_t partition = 0;
  uint64_t log = 0, series = 0;
};

struct CopyOutcome {
  uint64_t files = 0, bytes = 0;
  std::vector<CopiedPartition> partitions;
};

/// Copies an embedded data folder, also that of a running server: each SQLite file as of one moment. Series are copied
/// before the log, and retention waits meanwhile, so that the log holds at least what they refer to; `backup.json`, written
/// last, names every file with its checksum and makes the copy a backup. `to` must be empty or new, and not inside `from`.
/// Errors: kInvalid `no_data`, `not_empty`; kUnavailable `copy_failed`; kFull `disk_full`.
Result<CopyOutcome> backup_folder(const std::string& from, const std::string& to, const ProgressTold& told);

/// Puts a finished backup into an empty or new data folder and compares every file with its checksum. A folder in which
/// a restore did not come to its end is not started from.
/// Errors: as backup_folder, kInvalid `no_backup`, kCorrupt `damaged_backup` (names the file).
Result<CopyOutcome> restore_folder(const std::string& from, const std::string& to, const ProgressTold& told);

/// Stands in a data folder while a backup is being restored into it.
inline constexpr const char* kRestoringFile = "restoring";

}  // namespace gamekeeper::server
