#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/accounts/record_page.h"
#include "play/results/queue_quality.h"
#include "play/results/queue_record.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

struct RatingQueuePage {
  std::vector<QueueRecord> items;  // by name
  std::string next_cursor;
};

/// How far a queue's matches have been counted, and what they come to.
struct QualityView {
  QueueRecord record;
  QueueQuality quality;  // empty while nothing has been counted
  uint64_t behind() const { return record.applied - std::min(record.applied, quality.counted); }
};

/// Counts in the background what QueueQuality says of every queue, from the stored matches: results do not wait for it and
/// do not know of it. A queue that was computed anew is counted anew. Several processes may count: each write is over the
/// version that was read. Errors: those of the store, and:
class QueueQualities {
 public:
  static constexpr uint32_t kPage = 500;
  static constexpr int kPagesAStep = 10;

  QueueQualities(ports::DocumentStore& documents, const Clock& clock) : documents_(documents), clock_(clock) {}

  /// The next matches of every queue that has any; whether there are more. One caller at a time.
  Task<Result<bool>> step();

  /// Queues of the app in which something was played. Thread-safe, as all that follow.
  Task<Result<RatingQueuePage>> list(std::string app, uint32_t limit, std::string cursor);
  /// The same, their names alone.
  Task<Result<RecordPage<std::string>>> names(std::string app, uint32_t limit, std::string cursor);
  /// kNotFound when nothing was played in the queue.
  Task<Result<QueueRecord>> record(std::string app, std::string queue);
  Task<Result<QualityView>> read(std::string app, std::string queue);

 private:
  Task<Result<QueueQuality>> stored(std::string app, std::string queue);
  Task<Result<bool>> count(const QueueRecord& record);

  ports::DocumentStore& documents_;
  const Clock& clock_;
  uint64_t seen_ = 0;  // the store's version when all was counted
  std::unordered_map<std::string, std::pair<uint64_t, uint64_t>>
      whole_;  // by queue: applied and recomputed, all counted
};

}  // namespace gamekeeper::play
