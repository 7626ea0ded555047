#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/task.h"
#include "play/results/match_record.h"
#include "play/results/queue_record.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// How a queue was computed anew.
struct Recomputed {
  uint64_t matches = 0;  // that were read
  uint64_t changed_matches = 0, changed_ratings = 0;
};

/// Computes a queue anew from its matches in `applied` order, by the record's rules, and writes what differs: numbers in matches, ratings. What
/// differs little is one write set; a long queue is written in parts, under the mark QueueRecord::recompute, so that an
/// interrupted one is known and done again. `record` is written over its version with every part (its versions are kept up
/// to date here) and ends without the mark. `learn` sees every match, in order.
/// Errors: those of the store; kConflict when somebody else writes to the queue.
class Recomputation {
 public:
  Recomputation(ports::DocumentStore& documents, QueueRecord& record) : documents_(documents), record_(record) {}

  std::function<void(const Match&)> learn;
  Task<Result<Recomputed>> run();
  /// Players who have no rating any more.
  const std::vector<std::string>& gone() const { return gone_; }

 private:
  Task<Result<void>> replay_matches(class QueueReplay& replay);
  Task<Result<void>> write_ratings(const class QueueReplay& replay);
  Task<Result<void>> add(ports::Put put);
  Task<Result<void>> flush(bool is_last);

  ports::DocumentStore& documents_;
  QueueRecord& record_;
  Recomputed done_;
  ports::WriteSet set_;
  std::vector<std::string> gone_;
};

}  // namespace gamekeeper::play
