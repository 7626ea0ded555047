#include "adapters/embedded/checkpoints.h"

#include "base/log.h"

namespace gamekeeper::adapters {
namespace {

// A checkpoint syncs at once what has gathered, and the log's commits share the disk: 2 MiB are some 3 ms (SQLite's own
// 1000 pages were 10 and more).
constexpr int kFramesMax = 256;
constexpr std::chrono::minutes kTellEvery{1};

int after_commit(void* checkpoints, sqlite3* db, const char* name, int frames) {
  if (frames < kFramesMax) return SQLITE_OK;
  const int code = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return SQLITE_OK;  // somebody else is at it
  const Error error = sqlite::error_of(db, code, "The write-ahead log could not be moved into its file");
  static_cast<Checkpoints*>(checkpoints)->tell(sqlite3_db_filename(db, name), std::unexpected(error));
  return SQLITE_OK;  // the commit itself is done
}

}  // namespace

Checkpoints::Checkpoints(const char* store, Metrics* metrics) : store_(store) {
  if (metrics)
    failures_ = &metrics->counter("gamekeeper_storage_checkpoint_failures_total",
                                  "Checkpoints that failed: a write-ahead log could not be moved into its file.",
                                  {{"store", store_}});
}

void Checkpoints::tell(const std::string& file, const Result<void>& outcome) {
  std::lock_guard lock(mutex_);
  if (outcome) {
    told_.erase(file);
    return;
  }
  if (failures_) failures_->Increment();
  const auto now = std::chrono::steady_clock::now();
  auto [told, first] = told_.try_emplace(file, now);
  if (!first && now - told->second < kTellEvery) return;
  told->second = now;
  log::error(store_, "checkpoint_failed",
             {log::text("file", file), log::text("code", outcome.error().code),
              log::text("message", outcome.error().message)});
}

void Checkpoints::follow(sqlite::Database& db) { sqlite3_wal_hook(db.get(), after_commit, this); }

}  // namespace gamekeeper::adapters
