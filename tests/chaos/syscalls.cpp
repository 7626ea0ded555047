// The C library's calls that change files, put in front of the C library's own: the program's symbols come first for
// shared libraries too, so SQLite's calls pass here. Each does its work by the bare system call.
#include "tests/chaos/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace gamekeeper::chaos {
namespace {

/// The one watch of the process: the C library's functions have nowhere to carry it.
struct Post {
  std::recursive_mutex mutex;
  std::string root;
  Watch* watch = nullptr;
  std::map<int, std::string> files;  // open below root

  bool sees(const std::string& path) const {
    return watch && path.starts_with(root) && !path.ends_with("-shm");  // the WAL's index is rebuilt after a crash
  }
};

Post& post() {
  static Post& instance = *new Post;  // outlives the destructors of other statics
  return instance;
}

/// Asks the watch; true: go on.
bool passes(Post& p, Call call, const std::string& path, Verdict& verdict) {
  verdict = p.watch->before(call, path);
  if (verdict.error == 0) return true;
  errno = verdict.error;
  return false;
}

int open_file(const char* path, int flags, mode_t mode) {
  Post& p = post();
  std::lock_guard lock(p.mutex);
  auto raw = [&] { return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode)); };
  if (!p.sees(path)) return raw();
  const bool there = ::syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
  Verdict verdict;
  if (!passes(p, !there && (flags & O_CREAT) ? Call::kCreate : Call::kOpen, path, verdict)) return -1;
  const int fd = raw();
  if (fd < 0) return fd;
  p.files[fd] = path;
  p.watch->opened(path, fd, !there, (flags & O_TRUNC) != 0);
  return fd;
}

ssize_t write_file(int fd, const void* data, size_t bytes, int64_t offset) {
  Post& p = post();
  std::lock_guard lock(p.mutex);
  auto raw = [&](size_t n) {
    return offset < 0 ? ::syscall(SYS_write, fd, data, n) : ::syscall(SYS_pwrite64, fd, data, n, offset);
  };
  auto file = p.files.find(fd);
  if (!p.watch || file == p.files.end()) return raw(bytes);
  Verdict verdict;
  if (!passes(p, Call::kWrite, file->second, verdict)) return -1;
  if (offset < 0) offset = ::lseek(fd, 0, SEEK_CUR);
  const ssize_t n = ::syscall(SYS_pwrite64, fd, data, std::min(bytes, verdict.bytes), offset);
  if (n < 0) return n;
  if (::lseek(fd, 0, SEEK_CUR) == offset) ::lseek(fd, n, SEEK_CUR);
  p.watch->written(fd, static_cast<uint64_t>(offset), {static_cast<const char*>(data), static_cast<size_t>(n)});
  return n;
}

int sync_file(int fd, long call) {
  Post& p = post();
  std::lock_guard lock(p.mutex);
  auto file = p.files.find(fd);
  if (!p.watch || file == p.files.end()) return static_cast<int>(::syscall(call, fd));
  Verdict verdict;
  if (!passes(p, Call::kSync, file->second, verdict)) return -1;
  const int done = verdict.skip ? 0 : static_cast<int>(::syscall(call, fd));
  if (done == 0) p.watch->synced(fd);
  return done;
}

int truncate_file(int fd, off_t bytes) {
  Post& p = post();
  std::lock_guard lock(p.mutex);
  auto file = p.files.find(fd);
  if (!p.watch || file == p.files.end()) return static_cast<int>(::syscall(SYS_ftruncate, fd, bytes));
  Verdict verdict;
  if (!passes(p, Call::kTruncate, file->second, verdict)) return -1;
  const int done = static_cast<int>(::syscall(SYS_ftruncate, fd, bytes));
  if (done == 0) p.watch->truncated(fd, static_cast<uint64_t>(bytes));
  return done;
}

int unlink_path(const char* path, int flags) {
  Post& p = post();
  std::lock_guard lock(p.mutex);
  Verdict verdict;
  const bool seen = p.sees(path);
  if (seen && !passes(p, Call::kUnlink, path, verdict)) return -1;
  const int done = static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, flags));
  if (seen && done == 0) p.watch->unlinked(path);
  return done;
}

}  // namespace

Watching::Watching(std::string root, Watch& watch) {
  std::lock_guard lock(post().mutex);
  post().root = std::move(root);
  post().watch = &watch;
}

Watching::~Watching() {
  std::lock_guard lock(post().mutex);
  post().watch = nullptr;
  post().files.clear();
}

}  // namespace gamekeeper::chaos

using namespace gamekeeper::chaos;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_file(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_file(path, flags, mode);
}
int close(int fd) {
  Post& p = post();
  std::lock_guard lock(p.mutex);
  if (p.watch && p.files.erase(fd) > 0) p.watch->closed(fd);
  return static_cast<int>(::syscall(SYS_close, fd));
}
ssize_t write(int fd, const void* data, size_t bytes) { return write_file(fd, data, bytes, -1); }
ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t offset) { return write_file(fd, data, bytes, offset); }
ssize_t pwrite(int fd, const void* data, size_t bytes, off_t offset) { return write_file(fd, data, bytes, offset); }
int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }
int ftruncate64(int fd, off64_t bytes) noexcept { return truncate_file(fd, bytes); }
int ftruncate(int fd, off_t bytes) noexcept { return truncate_file(fd, bytes); }
int unlink(const char* path) noexcept { return unlink_path(path, 0); }
int remove(const char* path) noexcept {
  const int done = unlink_path(path, 0);
  return done != 0 && errno == EISDIR ? unlink_path(path, AT_REMOVEDIR) : done;
}
int rename(const char* from, const char* to) noexcept {
  Post& p = post();
  std::lock_guard lock(p.mutex);
  Verdict verdict;
  const bool seen = p.sees(from) || p.sees(to);
  if (seen && !passes(p, Call::kRename, to, verdict)) return -1;
  const int done = static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
  if (seen && done == 0) p.watch->renamed(from, to);
  return done;
}
int mkdir(const char* path, mode_t mode) noexcept {
  Post& p = post();
  std::lock_guard lock(p.mutex);
  Verdict verdict;
  const bool seen = p.sees(path);
  if (seen && !passes(p, Call::kMkdir, path, verdict)) return -1;
  const int done = static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
  if (seen && done == 0) p.watch->made_folder(path);
  return done;
}
}
