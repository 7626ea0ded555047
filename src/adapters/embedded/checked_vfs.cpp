#include "adapters/embedded/checked_vfs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "adapters/embedded/wal_file.h"

namespace gamekeeper::adapters::sqlite {
namespace {

constexpr size_t kGatheredMax = 0x1ffff;  // the most that SQLite's own VFS writes at once

/// What all handles of one database in this process know together.
struct Shared {
  std::mutex mutex;
  std::string damage;
  bool stopped = false;  // a sync has failed

  int found(std::string what) {
    std::lock_guard lock(mutex);
    damage = std::move(what);
    return SQLITE_IOERR_DATA;
  }
  bool is_stopped() {
    std::lock_guard lock(mutex);
    return stopped;
  }
};

enum class Role : uint8_t { kDatabase, kWal, kOther };

/// One open file; the real one follows it in the same block of memory.
struct File : sqlite3_file {
  Role role = Role::kOther;
  std::string name, database;
  std::shared_ptr<Shared> shared;
  uint32_t page_bytes = 0;
  std::vector<char> page;  // to write from, to read parts from
  // A WAL's own.
  std::optional<WalHeader> header;
  WalMark written;         // end of the newest whole transaction of this handle
  bool settled = true;     // false within a transaction, whose checksums may still be changed
  int mark_fd = -1;
  std::string gathered;      // frames of a transaction that are not in the file yet
  uint64_t gathered_at = 0;  // their place in it

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods* on() { return real()->pMethods; }
};

File& of(sqlite3_file* file) { return *static_cast<File*>(file); }

uint64_t page_sum(const char* page, uint32_t bytes, uint64_t offset) {
  return XXH3_64bits_withSeed(page, bytes - kPageChecksumBytes, offset + 1);
}

/// Page size by a database's header; 0: no header of a guarded file.
uint32_t guarded_page_bytes(const char* header) {
  if (std::memcmp(header, "SQLite format 3", 16) != 0 || header[20] != kPageChecksumBytes) return 0;
  const uint32_t bytes = static_cast<uint8_t>(header[16]) << 8 | static_cast<uint8_t>(header[17]);
  if (bytes == 1) return 65536;
  return bytes >= 512 && std::has_single_bit(bytes) ? bytes : 0;
}

/// Reads the whole page at `offset` and checks it. SQLITE_IOERR_SHORT_READ: the file ends before it.
int read_page(File& f, char* to, uint64_t offset) {
  const int code = f.on()->xRead(f.real(), to, static_cast<int>(f.page_bytes), static_cast<sqlite3_int64>(offset));
  if (code == SQLITE_IOERR_SHORT_READ) {
    sqlite3_int64 size = 0;
    if (f.on()->xFileSize(f.real(), &size) == SQLITE_OK && static_cast<uint64_t>(size) > offset) {
      return f.shared->found(fmt::format("{} is cut off at offset {}", f.name, size));
    }
    return code;
  }
  if (code != SQLITE_OK) return code;
  uint64_t stored;
  std::memcpy(&stored, to + f.page_bytes - kPageChecksumBytes, sizeof stored);
  if (stored == page_sum(to, f.page_bytes, offset)) return SQLITE_OK;
  return f.shared->found(fmt::format("{} is damaged in the page at offset {} (checksum)", f.name, offset));
}

/// Learns the page size from the file's header; it stays 0 while the file is being made.
int find_page_bytes(File& f) {
  if (f.page_bytes != 0) return SQLITE_OK;
  char header[100];
  const int code = f.on()->xRead(f.real(), header, sizeof header, 0);
  if (code == SQLITE_IOERR_SHORT_READ) return SQLITE_OK;
  if (code != SQLITE_OK) return code;
  static constexpr char kUnwritten[sizeof header] = {};  // page 1 may be written after others
  if (std::memcmp(header, kUnwritten, sizeof header) == 0) return SQLITE_OK;
  f.page_bytes = guarded_page_bytes(header);
  if (f.page_bytes == 0)
    return f.shared->found(f.name +
                           " is damaged at offset 0: its header is not that of a database with page checksums");
  return SQLITE_OK;
}

int read_database(File& f, char* to, int bytes, uint64_t offset) {
  // SQLite peeks at the header before it has a lock; it reads page 1 whole, and so checked, before it relies on it.
  if (offset + static_cast<uint64_t>(bytes) <= 100)
    return f.on()->xRead(f.real(), to, bytes, static_cast<sqlite3_int64>(offset));
  if (const int code = find_page_bytes(f); code != SQLITE_OK) return code;
  if (f.page_bytes == 0)
    return f.on()->xRead(f.real(), to, bytes, static_cast<sqlite3_int64>(offset));  // too short for a page
  const uint64_t start = offset / f.page_bytes * f.page_bytes;
  if (start == offset && static_cast<uint32_t>(bytes) == f.page_bytes) return read_page(f, to, offset);
  if (offset + static_cast<uint64_t>(bytes) > start + f.page_bytes) {
    // The size in the header is not the one that SQLite reads by: one of the two is damaged.
    return f.shared->found(f.name + " is damaged at offset 0: pages have another size than the header says");
  }
  f.page.resize(f.page_bytes);
  const int code = read_page(f, f.page.data(), start);
  std::memset(to, 0, static_cast<size_t>(bytes));
  if (code == SQLITE_OK) std::memcpy(to, f.page.data() + (offset - start), static_cast<size_t>(bytes));
  return code;
}

int write_database(File& f, const char* from, int bytes, uint64_t offset) {
  if (offset == 0)
    f.page_bytes = guarded_page_bytes(from);
  else if (const int code = find_page_bytes(f); code != SQLITE_OK)
    return code;
  else if (f.page_bytes == 0)
    f.page_bytes = static_cast<uint32_t>(bytes);  // being made; page 1 tells whether there is room
  if (f.page_bytes == 0 || static_cast<uint32_t>(bytes) != f.page_bytes || offset % f.page_bytes != 0) {
    f.shared->found(f.name + " has no room for page checksums");
    return SQLITE_IOERR_WRITE;
  }
  f.page.assign(from, from + bytes);
  const uint64_t sum = page_sum(from, f.page_bytes, offset);
  std::memcpy(f.page.data() + bytes - kPageChecksumBytes, &sum, sizeof sum);
  return f.on()->xWrite(f.real(), f.page.data(), bytes, static_cast<sqlite3_int64>(offset));
}

/// The WAL's header as it is now; a restart of the WAL replaces it.
bool read_wal_header(File& f) {
  char bytes[kWalHeaderBytes];
  if (f.on()->xRead(f.real(), bytes, sizeof bytes, 0) != SQLITE_OK) return false;
  f.header = parse_wal_header({bytes, sizeof bytes});
  return f.header.has_value();
}

/// A page out of a frame, checked like SQLite itself would on recovery.
int read_wal(File& f, char* to, int bytes, uint64_t offset) {
  const auto size = static_cast<uint64_t>(bytes);
  const uint64_t first = kWalHeaderBytes + kFrameHeaderBytes;
  const bool is_page =
      size >= 512 && std::has_single_bit(size) && offset >= first && (offset - first) % (size + kFrameHeaderBytes) == 0;
  const int code = f.on()->xRead(f.real(), to, bytes, static_cast<sqlite3_int64>(offset));
  if (code != SQLITE_OK || !is_page || !f.settled) return code;
  char headers[2][kFrameHeaderBytes] = {};
  const uint64_t at = offset - kFrameHeaderBytes;
  if (const int c = f.on()->xRead(f.real(), headers[1], kFrameHeaderBytes, static_cast<sqlite3_int64>(at));
      c != SQLITE_OK)
    return c;
  const FrameHeader frame = parse_frame_header({headers[1], kFrameHeaderBytes});
  if (!f.header || f.header->salts != frame.salts) {
    if (!read_wal_header(f)) return f.shared->found(f.name + " is damaged at offset 0");
  }
  // A new connection reads page 1 by SQLite's usual page size to learn the real one, by which it then reads it again.
  if (offset == first && size < f.header->page_bytes) return code;
  WalSums before = f.header->sums;
  if (at > kWalHeaderBytes) {
    const auto previous = static_cast<sqlite3_int64>(at - size - kFrameHeaderBytes);
    if (const int c = f.on()->xRead(f.real(), headers[0], kFrameHeaderBytes, previous); c != SQLITE_OK) return c;
    before = parse_frame_header({headers[0], kFrameHeaderBytes}).sums;
  }
  const bool big = f.header->big_endian;
  const WalSums sums = wal_sums(wal_sums(before, {headers[1], 8}, big), {to, size}, big);
  if (frame.salts == f.header->salts && frame.sums == sums) return SQLITE_OK;
  return f.shared->found(fmt::format("{} is damaged in the frame at offset {} (checksum)", f.name, at));
}

/// Puts into the file what was gathered. What cannot be put there is lost, as any write that fails: the transaction fails.
int flush(File& f) {
  if (f.gathered.empty()) return SQLITE_OK;
  const int code = f.on()->xWrite(f.real(), f.gathered.data(), static_cast<int>(f.gathered.size()),
                                  static_cast<sqlite3_int64>(f.gathered_at));
  f.gathered.clear();
  return code;
}

/// SQLite writes a frame in two calls. What one transaction writes goes into the file together: nobody else looks for it
/// there before it is whole.
int gather(File& f, const char* from, int bytes, uint64_t offset) {
  if (offset != f.gathered_at + f.gathered.size() || f.gathered.size() + static_cast<size_t>(bytes) > kGatheredMax) {
    if (const int code = flush(f); code != SQLITE_OK) return code;
  }
  if (f.gathered.empty()) f.gathered_at = offset;
  f.gathered.append(from, static_cast<size_t>(bytes));
  return SQLITE_OK;
}

/// Follows what a transaction writes, to know where it ends: from its last frame on it is in the file.
int write_wal(File& f, const char* from, int bytes, uint64_t offset) {
  if (const int code = gather(f, from, bytes, offset); code != SQLITE_OK) return code;
  if (offset == 0) f.header = parse_wal_header({from, static_cast<size_t>(bytes)});
  const bool is_frame = bytes == static_cast<int>(kFrameHeaderBytes);
  const FrameHeader frame = is_frame ? parse_frame_header({from, kFrameHeaderBytes}) : FrameHeader{};
  if (is_frame) f.settled = frame.commits != 0;
  if (!f.settled) return SQLITE_OK;
  const int code = flush(f);
  if (code == SQLITE_OK && is_frame && (f.header || read_wal_header(f)))
    f.written = {frame.salts, offset + kFrameHeaderBytes + f.header->page_bytes};
  return code;
}

/// What is written is durable now. The mark is evidence, not data: not being able to set it changes nothing.
void set_mark(File& f) {
  if (f.written.end == 0) return;
  if (f.mark_fd < 0) f.mark_fd = ::open(mark_file_of(f.database).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  const std::string bytes = encode(f.written);
  if (f.mark_fd >= 0) std::ignore = ::pwrite(f.mark_fd, bytes.data(), bytes.size(), 0);
}

int file_close(sqlite3_file* file) {
  File& f = of(file);
  const int flushed = f.on() ? flush(f) : SQLITE_OK;
  const int code = f.on() ? f.on()->xClose(f.real()) : SQLITE_OK;
  if (f.mark_fd >= 0) ::close(f.mark_fd);
  f.~File();
  return code == SQLITE_OK ? flushed : code;
}

int file_read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 offset) {
  File& f = of(file);
  if (const int code = flush(f); code != SQLITE_OK) return code;
  switch (f.role) {
    case Role::kDatabase:
      return read_database(f, static_cast<char*>(to), bytes, static_cast<uint64_t>(offset));
    case Role::kWal:
      return read_wal(f, static_cast<char*>(to), bytes, static_cast<uint64_t>(offset));
    case Role::kOther:
      break;
  }
  return f.on()->xRead(f.real(), to, bytes, offset);
}

int file_write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 offset) {
  File& f = of(file);
  if (f.shared->is_stopped()) return SQLITE_IOERR_FSYNC;
  switch (f.role) {
    case Role::kDatabase:
      return write_database(f, static_cast<const char*>(from), bytes, static_cast<uint64_t>(offset));
    case Role::kWal:
      return write_wal(f, static_cast<const char*>(from), bytes, static_cast<uint64_t>(offset));
    case Role::kOther:
      break;
  }
  return f.on()->xWrite(f.real(), from, bytes, offset);
}

int file_truncate(sqlite3_file* file, sqlite3_int64 bytes) {
  File& f = of(file);
  if (f.shared->is_stopped()) return SQLITE_IOERR_FSYNC;
  const int code = flush(f);
  return code == SQLITE_OK ? f.on()->xTruncate(f.real(), bytes) : code;
}

int file_sync(sqlite3_file* file, int flags) {
  File& f = of(file);
  if (f.shared->is_stopped()) return SQLITE_IOERR_FSYNC;
  if (const int flushed = flush(f); flushed != SQLITE_OK) return flushed;
  const int code = f.on()->xSync(f.real(), flags);
  if (code != SQLITE_OK) {
    std::lock_guard lock(f.shared->mutex);
    f.shared->stopped = true;
  } else if (f.role == Role::kWal) {
    set_mark(f);
  }
  return code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  File& f = of(file);
  const int code = flush(f);
  return code == SQLITE_OK ? f.on()->xFileSize(f.real(), size) : code;
}

int file_control(sqlite3_file* file, int what, void* argument) {
  File& f = of(file);
  if (what != kDamageFound) return f.on()->xFileControl(f.real(), what, argument);
  std::lock_guard lock(f.shared->mutex);
  *static_cast<std::string*>(argument) = f.shared->damage;
  return SQLITE_OK;
}

// Without xFetch: pages read through memory maps would pass by the check.
constexpr sqlite3_io_methods kMethods{
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = [](sqlite3_file* f, int level) { return of(f).on()->xLock(of(f).real(), level); },
    .xUnlock = [](sqlite3_file* f, int level) { return of(f).on()->xUnlock(of(f).real(), level); },
    .xCheckReservedLock = [](sqlite3_file* f, int* out) { return of(f).on()->xCheckReservedLock(of(f).real(), out); },
    .xFileControl = file_control,
    .xSectorSize = [](sqlite3_file* f) { return of(f).on()->xSectorSize(of(f).real()); },
    .xDeviceCharacteristics = [](sqlite3_file* f) { return of(f).on()->xDeviceCharacteristics(of(f).real()); },
    .xShmMap = [](sqlite3_file* f, int n, int bytes, int extend,
                  void volatile** out) { return of(f).on()->xShmMap(of(f).real(), n, bytes, extend, out); },
    .xShmLock = [](sqlite3_file* f, int offset, int n,
                   int flags) { return of(f).on()->xShmLock(of(f).real(), offset, n, flags); },
    .xShmBarrier = [](sqlite3_file* f) { of(f).on()->xShmBarrier(of(f).real()); },
    .xShmUnmap = [](sqlite3_file* f, int remove) { return of(f).on()->xShmUnmap(of(f).real(), remove); },
    .xFetch = nullptr,
    .xUnfetch = nullptr};

/// The VFS itself. SQLite keeps it for the life of the process.
struct Vfs {
  sqlite3_vfs methods;
  sqlite3_vfs* real;
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<Shared>> databases;

  std::shared_ptr<Shared> share(const std::string& database) {
    std::lock_guard lock(mutex);
    std::erase_if(databases, [](const auto& each) { return each.second.expired(); });
    auto shared = databases[database].lock();
    if (!shared) databases[database] = shared = std::make_shared<Shared>();
    return shared;
  }
};

int vfs_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  Vfs& v = *static_cast<Vfs*>(vfs->pAppData);
  File& f = *new (file) File;
  f.pMethods = nullptr;
  f.name = name ? name : "";
  f.role = flags & SQLITE_OPEN_MAIN_DB ? Role::kDatabase : flags & SQLITE_OPEN_WAL ? Role::kWal : Role::kOther;
  f.database = f.name;
  for (const char* suffix : {"-wal", "-journal"}) {
    if (f.role != Role::kDatabase && f.database.ends_with(suffix))
      f.database.resize(f.database.size() - std::strlen(suffix));
  }
  f.shared = v.share(f.database);
  std::memset(f.real(), 0, static_cast<size_t>(v.real->szOsFile));
  const int code = v.real->xOpen(v.real, name, f.real(), flags, flags_out);
  if (code == SQLITE_OK) {
    f.pMethods = &kMethods;
    return code;
  }
  if (f.on()) f.on()->xClose(f.real());
  f.~File();
  return code;
}

}  // namespace

const char* checked_vfs() {
  static constexpr const char* kName = "gamekeeper";
  static Vfs* const vfs = [] {
    static_assert(alignof(File) <= 8 && sizeof(File) % 8 == 0);
    auto* made = new Vfs{};
    made->real = sqlite3_vfs_find("unix");
    made->methods = *made->real;  // all that does not concern open files is the real one's
    made->methods.pNext = nullptr;
    made->methods.zName = kName;
    made->methods.szOsFile = static_cast<int>(sizeof(File)) + made->real->szOsFile;
    made->methods.pAppData = made;
    made->methods.xOpen = vfs_open;
    sqlite3_vfs_register(&made->methods, 0);
    return made;
  }();
  return vfs->methods.zName;
}

}  // namespace gamekeeper::adapters::sqlite
