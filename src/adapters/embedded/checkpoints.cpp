#include "adapters/embedded/checkpoints.h"

#include "base/log.h"

namespace gamekeeper::adapters {
namespace {

constexpr std::chrono::minutes kTellEvery{1};

}  // namespace

Checkpoints::Checkpoints(const char* store, Metrics* metrics, int frames_max) : store_(store), frames_max_(frames_max) {
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

int Checkpoints::after_commit(void* checkpoints, sqlite3* db, const char* name, int frames) {
  auto& self = *static_cast<Checkpoints*>(checkpoints);
  if (frames < self.frames_max_) return SQLITE_OK;
  const int code = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return SQLITE_OK;  // somebody else is at it
  const Error error = sqlite::error_of(db, code, "The write-ahead log could not be moved into its file");
  self.tell(sqlite3_db_filename(db, name), std::unexpected(error));
  return SQLITE_OK;  // the commit itself is done
}

void Checkpoints::follow(sqlite::Database& db) { sqlite3_wal_hook(db.get(), after_commit, this); }

}  // namespace gamekeeper::adapters
