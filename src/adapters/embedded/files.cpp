#include "adapters/embedded/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace gamekeeper::adapters {
namespace {

std::unexpected<Error> failed(const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  const bool denied = error == EACCES || error == EROFS || error == EPERM || error == ENOTDIR || error == EEXIST;
  return fail(full ? ErrorKind::kFull : ErrorKind::kUnavailable,
              full     ? "disk_full"
              : denied ? "storage_read_only"
                       : "storage_unavailable",
              what + ": " + std::strerror(error) + ".", "server.data");
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

Result<void> make_folder(const std::string& folder) {
  if (folder.empty()) return {};
  struct stat found{};
  const std::string parent = parent_of(folder);
  if (::stat(folder.c_str(), &found) == 0) {
    if (!S_ISDIR(found.st_mode)) return failed("The folder " + folder + " cannot be made", ENOTDIR);
    // A program that was killed may have made it without the sync. Who may not sync the parent has not made it either.
    auto ok = sync_folder(parent);
    if (!ok && ok.error().code == "storage_read_only") return {};
    return ok;
  }
  if (parent != folder) {
    if (auto ok = make_folder(parent); !ok) return ok;
  }
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
    return failed("The folder " + folder + " cannot be made", errno);
  return sync_folder(parent);
}

Result<void> sync_folder(const std::string& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return failed("The folder " + folder + " cannot be synced", errno);
  return {};
}

Result<void> write_file(const std::string& file, std::string_view bytes) {
  const std::string next = file + ".new";
  {
    const Descriptor fd(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (fd.get() < 0 || !write_all(fd.get(), bytes) || ::fsync(fd.get()) != 0)
      return failed("The file " + next + " cannot be written", errno);
  }
  if (::rename(next.c_str(), file.c_str()) != 0) return failed("The file " + file + " cannot be replaced", errno);
  return sync_folder(parent_of(file));
}

Result<std::optional<std::string>> read_file(const std::string& file, size_t bytes_max) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0 && errno == ENOENT) return std::nullopt;
  if (fd.get() < 0) return failed("The file " + file + " cannot be opened", errno);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return failed("The file " + file + " cannot be read", errno);
  std::string bytes;
  // One more than it has, to meet its end; where it grows meanwhile or says nothing of its size, on and on.
  for (size_t room = static_cast<size_t>(status.st_size) + 1; bytes.size() < bytes_max; room = 4096) {
    const size_t begin = bytes.size();
    ssize_t n = 0;
    bytes.resize_and_overwrite(begin + std::min(room, bytes_max - begin), [&](char* data, size_t size) {
      do n = ::read(fd.get(), data + begin, size - begin);
      while (n < 0 && errno == EINTR);
      return begin + static_cast<size_t>(std::max<ssize_t>(n, 0));
    });
    if (n < 0) return failed("The file " + file + " cannot be read", errno);
    if (n == 0) break;
  }
  return bytes;
}

Result<void> sync_file(const std::string& file) {
  const Descriptor fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return failed("The file " + file + " cannot be synced", errno);
  return {};
}

std::string with_checksum(const std::string& text) {
  return fmt::format("{}checksum {:016x}\n", text, XXH3_64bits(text.data(), text.size()));
}

Result<std::string> without_checksum(const std::string& bytes, const std::string& file) {
  const size_t at = bytes.rfind("checksum ");
  std::string text = bytes.substr(0, at == bytes.npos ? 0 : at);
  if (bytes == with_checksum(text)) return text;
  return fail(ErrorKind::kCorrupt, "corrupt", file + " is damaged (checksum).", "server.data");
}

Result<void> move_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed("The file " + from + " cannot be moved to " + to, errno);
  if (auto ok = sync_folder(parent_of(to)); !ok) return ok;
  return sync_folder(parent_of(from));
}

Result<void> remove_file(const std::string& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return failed("The file " + file + " cannot be removed", errno);
  return {};
}

Result<FileLock> FileLock::take(const std::string& file, const std::string& code, const std::string& message) {
  FileLock lock;
  lock.fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock.fd_ < 0) return failed("The file " + file + " cannot be opened for writing", errno);
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) return fail(ErrorKind::kConflict, code, message, "server.data");
  return lock;
}

Result<FileLock> FileLock::share(const std::string& file) {
  FileLock lock;
  lock.fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock.fd_ < 0) return failed("The file " + file + " cannot be opened for writing", errno);
  while (::flock(lock.fd_, LOCK_SH) != 0) {
    if (errno != EINTR) return failed("The file " + file + " cannot be locked", errno);
  }
  return lock;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace gamekeeper::adapters
