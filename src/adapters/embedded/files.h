#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace gamekeeper::adapters {

// Files beside SQLite's own, with the promises that a power loss asks for: what a function here has done is durable
// when it returns. Errors, all of them: kFull `disk_full`, kUnavailable `storage_read_only` or `storage_unavailable`.

/// Makes the folder and those above it; each new entry is synced.
Result<void> make_folder(const std::string& folder);

/// Makes a folder's entries durable.
Result<void> sync_folder(const std::string& folder);

/// Replaces the file: whole and new, or as it was.
Result<void> write_file(const std::string& file, std::string_view bytes);

/// The file's first `bytes_max` bytes, or all; nullopt when there is none.
Result<std::optional<std::string>> read_file(const std::string& file, size_t bytes_max = SIZE_MAX);

/// Makes a file's content durable that was written by other means.
Result<void> sync_file(const std::string& file);

/// A text with a last line that is its checksum, and back. Errors: kCorrupt, saying that `file` is damaged.
std::string with_checksum(const std::string& text);
Result<std::string> without_checksum(const std::string& bytes, const std::string& file);

/// Moves a file or folder within one file system; both folders are synced.
Result<void> move_file(const std::string& from, const std::string& to);

/// Removes the file if it is there. Durable only after sync_folder(): many may go with one sync.
Result<void> remove_file(const std::string& file);

/// A lock on a file, held until the object goes.
class FileLock {
 public:
  /// Alone, at once. Errors: kConflict `code`.
  static Result<FileLock> take(const std::string& file, const std::string& code, const std::string& message);
  /// With others that share it; waits while somebody holds it alone.
  static Result<FileLock> share(const std::string& file);
  FileLock() = default;
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

 private:
  int fd_ = -1;
};

}  // namespace gamekeeper::adapters
