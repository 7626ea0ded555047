#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Where a queue's results stand. Written with every result of the queue over the version that was read: of two processes
/// that apply results at once, one finds that the other was faster and starts over.
struct QueueRecord {
  std::string app, queue;
  uint64_t applied = 0;  // the number of the last result
  bool recompute = false;  // a match was voided or corrected, and the results are not computed anew yet
  uint64_t recomputed =
      0;  // how often that has been done: what processes keep in memory from before is no longer right
  uint64_t version = 0;
};

inline constexpr const char* kRatingQueues = "rating_queues";

/// Writes over the version that the record carries; 0: it must not exist yet.
ports::Put put_of(const QueueRecord& queue);
/// Errors: kCorrupt.
Result<QueueRecord> read_rating_queue(const ports::Document& document);

}  // namespace gamekeeper::play
