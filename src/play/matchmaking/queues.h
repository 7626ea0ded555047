#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/accounts/record_page.h"
#include "play/matchmaking/queue_rules.h"
#include "play/matchmaking/wait_table.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

using QueuePage = RecordPage<QueueSettings>;

/// What is known of an app's queues: the rules that were set, and how long one waits. Both are read again when they are
/// more than a second old, so that every process follows. Thread-safe. Errors: those of the store, and:
class Queues {
 public:
  Queues(ports::DocumentStore& documents, const Clock& clock) : documents_(documents), clock_(clock) {}

  /// Those of a queue that nobody has set are the defaults.
  Task<Result<QueueRules>> rules(ports::QueueId queue);
  /// kInvalid (field).
  Task<Result<QueueSettings>> change(ports::QueueId queue, boost::json::object change);
  /// Those that were set, by name.
  Task<Result<QueuePage>> list(std::string app, uint32_t limit, std::string cursor);

  Task<Result<std::shared_ptr<const WaitTable>>> waits(ports::QueueId queue);
  /// By the matchmaker alone.
  Task<Result<void>> keep_waits(ports::QueueId queue, const WaitTable& waits);

 private:
  struct Known {
    UnixMillis rules_at = 0, waits_at = 0;  // when they were read; 0: not yet
    QueueRules rules;
    std::shared_ptr<const WaitTable> waits;
  };
  Task<Result<QueueSettings>> find(ports::QueueId queue);
  Known known(const ports::QueueId& queue);
  template <class Change>
  void remember(const ports::QueueId& queue, Change change);

  ports::DocumentStore& documents_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<ports::QueueId, Known> known_;
};

}  // namespace gamekeeper::play
