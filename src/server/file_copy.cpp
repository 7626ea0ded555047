#include "server/file_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "adapters/embedded/sqlite.h"

namespace gamekeeper::server {
namespace {

using adapters::sqlite::Database;

constexpr int kPagesPerStep = 512;
constexpr size_t kChunkBytes = 1 << 20;

struct File {
  int fd = -1;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

struct HashDeleter {
  void operator()(XXH64_state_t* state) const { XXH64_freeState(state); }
};

Error failed_call(const std::string& file) {
  Error error = copy_failed(file, std::strerror(errno));
  if (errno == ENOSPC || errno == EDQUOT) error.kind = ErrorKind::kFull, error.code = "disk_full";
  return error;
}

Result<void> write_all(int fd, const char* data, size_t size, const std::string& file) {
  while (size > 0) {
    const ssize_t n = ::write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(failed_call(file));
    data += n;
    size -= static_cast<size_t>(n);
  }
  return {};
}

/// Reads the file to its end; `to` < 0: only for the checksum.
Result<uint64_t> stream(int from, int to, const std::string& file, const BytesTold& told) {
  std::unique_ptr<XXH64_state_t, HashDeleter> hash(XXH64_createState());
  XXH64_reset(hash.get(), 0);
  std::vector<char> chunk(kChunkBytes);
  for (uint64_t done = 0;;) {
    const ssize_t n = ::read(from, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(failed_call(file));
    if (n == 0) return XXH64_digest(hash.get());
    XXH64_update(hash.get(), chunk.data(), static_cast<size_t>(n));
    if (to >= 0) {
      if (auto ok = write_all(to, chunk.data(), static_cast<size_t>(n), file); !ok) return std::unexpected(ok.error());
    }
    told(done += static_cast<uint64_t>(n));
  }
}

}  // namespace

Error copy_failed(const std::string& file, const std::string& why) {
  return {ErrorKind::kUnavailable, "copy_failed", file + " could not be copied: " + why + "."};
}

Result<void> copy_database(const std::string& from, const std::string& to, const BytesTold& told) {
  auto source = Database::open_existing(from);
  if (!source) return std::unexpected(source.error());
  auto target = Database::open(to);
  if (!target) return std::unexpected(target.error());
  // A read transaction of our own pins the moment: without it every commit of the server would start the copy again.
  for (const char* sql : {"BEGIN", "SELECT count(*) FROM sqlite_master"}) {
    if (auto ok = source->exec(sql); !ok) return ok;
  }
  sqlite3_backup* copy = sqlite3_backup_init(target->get(), "main", source->get(), "main");
  if (!copy) return std::unexpected(copy_failed(from, sqlite3_errmsg(target->get())));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(copy, kPagesPerStep);
    const auto pages = static_cast<uint64_t>(sqlite3_backup_pagecount(copy)),
               left = static_cast<uint64_t>(sqlite3_backup_remaining(copy));
    struct stat now{};
    if (pages > 0 && ::stat(from.c_str(), &now) == 0) told(static_cast<uint64_t>(now.st_size) * (pages - left) / pages);
  }
  sqlite3_backup_finish(copy);
  if (code == SQLITE_DONE) return {};
  Error error = copy_failed(from, sqlite3_errstr(code));
  if (code == SQLITE_FULL) error.kind = ErrorKind::kFull, error.code = "disk_full";
  return std::unexpected(std::move(error));
}

Result<uint64_t> copy_plain(const std::string& from, const std::string& to, const BytesTold& told) {
  File source{::open(from.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat meta{};
  if (source.fd < 0 || ::fstat(source.fd, &meta) != 0) return std::unexpected(failed_call(from));
  File target{::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, meta.st_mode & 0777)};
  if (target.fd < 0) return std::unexpected(failed_call(to));
  return stream(source.fd, target.fd, to, told);
}

Result<uint64_t> checksum_of(const std::string& file) {
  File source{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (source.fd < 0) return std::unexpected(failed_call(file));
  return stream(source.fd, -1, file, [](uint64_t) {});
}

Result<void> sync_all(const std::string& folder) {
  File at{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (at.fd < 0 || ::syncfs(at.fd) != 0) return std::unexpected(failed_call(folder));
  return {};
}

}  // namespace gamekeeper::server
