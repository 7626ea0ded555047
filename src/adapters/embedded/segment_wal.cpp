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

// The room is made in steps, each synced by the commit after it: all at once would be a burst that commits wait for.
constexpr uint64_t kStepBytes = 512 * 1024;
constexpr int kCommitsAStep = 8;

/// Zeros at the file's end, up to `bytes_max` bytes; the file's new size. They are no frames to SQLite, which ends a WAL
/// where its salts end. Nullopt: there is no space, and what was written of them is given back.
std::optional<uint64_t> append_zeros(int fd, uint64_t bytes_max) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return std::nullopt;
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size >= bytes_max) return size;
  const std::vector<char> zeros(std::min(kStepBytes, bytes_max - size));
  const ssize_t n = ::pwrite(fd, zeros.data(), zeros.size(), status.st_size);
  if (n == static_cast<ssize_t>(zeros.size())) return size + zeros.size();
  std::ignore = ::ftruncate(fd, status.st_size);
  return std::nullopt;
}

}  // namespace

void SegmentWal::follow(sqlite::Database& db, std::string file) {
  file_ = std::move(file);
  has_room_ = room_bytes_ == 0;
  commits_ = 0;
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
  if (!has_room_ && bytes > room_bytes_ / 16 && commits_++ % kCommitsAStep == 0) make_room();
  if (bytes < begin_again_at_ || !is_nearly_moved()) return;
  if (const auto pages = move_wal(db); pages && *pages) moved_ = **pages;  // the checkpointer tells what fails
  begin_again_at_ = waiting_pages() == 0 ? room_bytes_ / 2 : bytes + room_bytes_ / 16;
}

void SegmentWal::make_room() {
  const int fd = ::open((file_ + "-wal").c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  const auto size = append_zeros(fd, room_bytes_);
  has_room_ = !size || *size >= room_bytes_;  // where there is no space, a segment does without
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
