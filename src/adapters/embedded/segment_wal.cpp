#include "adapters/embedded/segment_wal.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "adapters/embedded/wal_file.h"

namespace gamekeeper::adapters {

namespace {

/// Zeros from the file's end up to `bytes`. They are no frames to SQLite, which ends a WAL where its salts end.
bool write_zeros(int fd, uint64_t bytes) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return false;
  const std::vector<char> zeros(1 << 20);
  const auto size = static_cast<uint64_t>(status.st_size);
  for (uint64_t at = size; at < bytes;) {
    const ssize_t n = ::pwrite(fd, zeros.data(), std::min<uint64_t>(zeros.size(), bytes - at), static_cast<off_t>(at));
    if (n <= 0) {
      std::ignore = ::ftruncate(fd, status.st_size);  // a full disk has better use for it
      return false;
    }
    at += static_cast<uint64_t>(n);
  }
  return size < bytes ? ::fdatasync(fd) == 0 : true;
}

}  // namespace

void SegmentWal::follow(sqlite::Database& db, std::string file) {
  file_ = std::move(file);
  has_room_ = false;
  begin_again_at_ = room_bytes_ / 2;
  pages_ = moved_ = 0;
  sqlite3_wal_hook(
      db.get(),
      [](void* self, sqlite3*, const char*, int pages) {
        auto& wal = *static_cast<SegmentWal*>(self);
        const auto now = static_cast<uint64_t>(pages);
        if (now < wal.pages_) wal.moved_ = 0;  // begun again
        wal.pages_ = now;
        return SQLITE_OK;
      },
      this);
  auto size = db.prepare("PRAGMA page_size");
  if (size && size->step().value_or(false)) page_bytes_ = static_cast<uint64_t>(size->number(0));
}

uint64_t SegmentWal::waiting_pages() const {
  const uint64_t pages = pages_, moved = moved_;
  return pages > moved ? pages - moved : 0;
}

void SegmentWal::after_commit(sqlite::Database& db) {
  if (room_bytes_ == 0) return;
  const uint64_t bytes = pages_ * (page_bytes_ + sqlite::kFrameHeaderBytes);
  if (!has_room_ && bytes > room_bytes_ / 16) make_room();
  if (bytes < begin_again_at_ || !is_nearly_moved()) return;
  if (const auto pages = move_wal(db); pages && *pages) moved_ = **pages;  // the checkpointer tells what fails
  begin_again_at_ = waiting_pages() == 0 ? room_bytes_ / 2 : bytes + room_bytes_ / 16;
}

void SegmentWal::make_room() {
  has_room_ = true;  // or not: once a segment is asked of the disk
  const int fd = ::open((file_ + "-wal").c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  std::ignore = write_zeros(fd, room_bytes_);
  ::close(fd);
}

Result<std::optional<uint64_t>> move_wal(sqlite::Database& db) {
  // As SQL, because the C function does nothing on a connection that has not read yet.
  auto pass = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  if (!pass) return std::unexpected(pass.error());
  auto row = pass->step();
  if (!row) return std::unexpected(row.error());
  if (!*row || pass->number(0) != 0 || pass->number(2) < 0) return std::optional<uint64_t>();
  return std::optional(static_cast<uint64_t>(pass->number(2)));
}

}  // namespace gamekeeper::adapters
