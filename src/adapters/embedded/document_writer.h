#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "adapters/embedded/checkpoints.h"
#include "adapters/embedded/sqlite.h"
#include "base/task.h"
#include "ports/document_store.h"

namespace gamekeeper::adapters {

using CommitOutcome = Result<std::vector<uint64_t>>;

/// The one writing connection of a document store, with its thread.
class DocumentWriter {
 public:
  static Result<std::unique_ptr<DocumentWriter>> open(const std::string& file, Metrics* metrics);
  ~DocumentWriter();

  void add(ports::WriteSet set, Promise<CommitOutcome> outcome);
  /// Forgets outbox entries up to this one.
  void outbox_done(uint64_t up_to, Promise<CommitOutcome> outcome);
  /// Grows with every commit of this process.
  uint64_t commits() const { return commits_.load(std::memory_order_acquire); }

 private:
  struct Job {
    std::variant<ports::WriteSet, uint64_t> what;
    Promise<CommitOutcome> outcome;
  };

  explicit DocumentWriter(Metrics* metrics) : checkpoints_("documents", metrics) {}
  Result<void> prepare();
  void push(Job job);
  void work();
  void run(std::vector<Job>& jobs);
  Result<bool> attempt(const std::vector<Job>& jobs, bool apart, std::vector<CommitOutcome>& outcomes);
  bool looks_free(const Job& job);
  CommitOutcome apply(const Job& job);
  CommitOutcome apply(const ports::WriteSet& set);
  Result<uint64_t> version_of(const ports::Put& put);
  Result<uint64_t> put(const ports::Put& put);
  Result<std::vector<ports::IndexEntry>> entries_of(const ports::Put& put);
  Result<void> write_entries(const ports::Put& put, std::vector<ports::IndexEntry> stale);

  Checkpoints checkpoints_;
  sqlite::Database db_;
  sqlite::Statement version_of_, upsert_, remove_, entries_of_, clear_entries_, add_entry_, drop_entry_, holder_,
      add_fact_, drop_facts_, savepoint_, release_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool stopped_ = false;
  std::atomic<uint64_t> commits_{0};
  std::thread thread_;
};

}  // namespace gamekeeper::adapters
