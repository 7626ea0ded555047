#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/embedded/sqlite.h"

namespace gamekeeper::adapters {

/// The write-ahead log of the segment that is open. Its blocks are written ahead and then used again and again, so that
/// the sync of a commit has nothing to tell the file system's journal: all files share that one, and who waits for it
/// waits for what others have written, too.
///
/// follow() and after_commit() are the writer's; the rest is safe from any thread.
class SegmentWal {
 public:
  /// `room_bytes` are written ahead once a segment is really in use; 0: none. More than `checkpoint_bytes` in it are
  /// moved into the segment's file.
  SegmentWal(uint64_t room_bytes, uint64_t checkpoint_bytes)
      : room_bytes_(room_bytes), checkpoint_bytes_(checkpoint_bytes) {}

  /// A segment was opened; `db` is the connection that will write it.
  void follow(sqlite::Database& db, std::string file);
  /// Makes the room, and begins at the WAL's start again where little is left to be moved. What fails here (the room
  /// on a full disk, say) costs time later and nothing else.
  void after_commit(sqlite::Database& db);

  /// Whether enough waits to be moved.
  bool is_due() const { return waiting_pages() * page_bytes_ > checkpoint_bytes_; }
  bool is_nearly_moved() const { return waiting_pages() <= kFewPages; }
  /// So many of its pages are in the segment's file now.
  void moved(uint64_t pages) { moved_ = pages; }

 private:
  static constexpr uint64_t kFewPages = 64;
  uint64_t waiting_pages() const;
  void make_room();

  const uint64_t room_bytes_, checkpoint_bytes_;
  std::string file_;
  bool has_room_ = false;
  int commits_ = 0;  // while room is made
  uint64_t begin_again_at_ = 0;
  std::atomic<uint64_t> page_bytes_{1}, pages_{0}, moved_{0};
};

/// Moves what the WAL of `db`'s file holds into the file, as far as nobody is in the way, beside a writer. The number
/// of the WAL's pages that have been moved; nullopt: somebody else is at it. Errors: the disk's.
Result<std::optional<uint64_t>> move_wal(sqlite::Database& db);

}  // namespace gamekeeper::adapters
