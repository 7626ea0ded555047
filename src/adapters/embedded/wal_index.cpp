#include "adapters/embedded/wal_index.h"

#include <atomic>

namespace gamekeeper::adapters {
namespace {

constexpr uint32_t kFormat = 3'007'000;
constexpr int kRegionBytes = 32'768;
constexpr uint64_t kIsInit = uint64_t{1} << 32;  // a byte behind the count of commits

/// The mapping as SQLite has it: a second one of our own would, when closed, drop the process's locks on the file.
const uint64_t* header_of(sqlite3* db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods)
    return nullptr;
  if (file->pMethods->iVersion < 2 || !file->pMethods->xShmMap) return nullptr;
  void volatile* region = nullptr;
  if (file->pMethods->xShmMap(file, 0, kRegionBytes, 0, &region) != SQLITE_OK) return nullptr;
  return static_cast<const uint64_t*>(const_cast<void*>(region));
}

}  // namespace

std::optional<WalIndex> WalIndex::open(const std::string& file) {
  auto db = sqlite::Database::open_existing(file);
  // A first look, so that the connection takes part in the WAL.
  if (!db || !db->exec("SELECT count(*) FROM sqlite_schema")) return std::nullopt;
  const uint64_t* header = header_of(db->get());
  if (!header) return std::nullopt;
  WalIndex index(std::move(*db), header);
  const auto moment = index.now();
  if (!moment || static_cast<uint32_t>(moment->words[0]) != kFormat) return std::nullopt;
  return index;
}

std::optional<WalIndex::Moment> WalIndex::now() const {
  // Writers replace the second copy first: what is the same in both, read in this order, was whole.
  Moment first, second;
  for (size_t i = 0; i < first.words.size(); ++i) first.words[i] = __atomic_load_n(header_ + i, __ATOMIC_RELAXED);
  std::atomic_thread_fence(std::memory_order_acquire);
  for (size_t i = 0; i < second.words.size(); ++i)
    second.words[i] = __atomic_load_n(header_ + second.words.size() + i, __ATOMIC_RELAXED);
  if (first != second || !(first.words[1] & kIsInit)) return std::nullopt;
  return first;
}

CommitWatch::Step CommitWatch::step() const {
  Step step{.before = before_, .after = now()};
  if (!step.before || !step.after || step.after->commits() != step.before->commits() + 1) step.before.reset();
  return step;
}

}  // namespace gamekeeper::adapters
