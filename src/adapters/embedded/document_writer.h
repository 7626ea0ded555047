#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "adapters/embedded/checkpoints.h"
#include "adapters/embedded/read_cache.h"
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
  /// Of what was read; what is written here is brought in before its outcome is told.
  ReadCache& cache() { return *cache_; }

 private:
  struct Job {
    std::variant<ports::WriteSet, uint64_t> what;
    Promise<CommitOutcome> outcome;
  };

  /// What lies there of a document.
  struct Stored {
    uint64_t version = 0;  // 0: nothing
    std::string entries;   // packed
  };

  /// Under load most pages are written again soon: gathered, they are moved into the file once.
  static constexpr int kWalFrames = 4'096;

  explicit DocumentWriter(Metrics* metrics) : checkpoints_("documents", metrics, kWalFrames) {}
  Result<void> prepare();
  void push(Job job);
  void work();
  void run(std::vector<Job>& jobs);
  CommitOutcome run_one(Job& job, Result<void>& whole);
  CommitOutcome apply(const ports::WriteSet& set, Result<void>& whole);
  CommitOutcome apply_in_turn(const ports::WriteSet& set, Result<void>& whole);
  Result<void> look(const ports::Put& put, Stored& stored);
  Result<void> check_unique(const ports::Put& put);
  Result<void> write(const ports::Put& put, const Stored& stored);
  Result<void> write_entries(const ports::Put& put, std::string_view before, std::string_view after);
  Result<void> add_facts(const ports::WriteSet& set);
  Result<void> drop_facts(uint64_t up_to);
  Result<void> find_sequence();
  void note(const ports::WriteSet& set, const std::vector<uint64_t>& versions);
  void update_cache();

  Checkpoints checkpoints_;
  sqlite::Database db_;
  sqlite::Statement begin_, commit_, savepoint_, release_, look_, insert_, update_, remove_, add_entry_, drop_entry_,
      holder_, add_facts_, drop_facts_, first_facts_, keep_facts_, last_sequence_;
  std::vector<Stored> stored_;  // of the set at hand
  int64_t sequence_ = 0;        // of the last fact
  std::unique_ptr<ReadCache> cache_;
  // Of the transaction at hand: what it does to documents, and whether it certainly writes a page.
  std::vector<DocumentCache::Change> changes_;
  std::vector<PageCache::Touched> touched_;
  bool changed_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace gamekeeper::adapters
