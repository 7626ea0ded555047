#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "play/results/rating_rules.h"
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
  RatingRules rules;  // by which the ratings are what they are
  std::optional<RatingRules> wanted;  // by which they shall be once the results are computed anew; nothing: the same
  UnixMillis rules_set_at = 0;  // 0: never
  uint64_t version = 0;

  const RatingRules& rules_set() const { return wanted ? *wanted : rules; }
  /// Takes effect now as far as it changes no rating.
  void set_rules(RatingRules to, UnixMillis at);
  /// The results are about to be computed anew.
  void take_up_wanted();
};

inline constexpr const char* kRatingQueues = "rating_queues";

/// Writes over the version that the record carries; 0: it must not exist yet.
ports::Put put_of(const QueueRecord& queue);
/// Errors: kCorrupt.
Result<QueueRecord> read_rating_queue(const ports::Document& document);

}  // namespace gamekeeper::play
