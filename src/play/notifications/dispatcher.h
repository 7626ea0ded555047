#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/task.h"
#include "play/notifications/delivery.h"
#include "ports/document_store.h"
#include "ports/push_channel.h"

namespace gamekeeper::play {

/// Where deliveries of one lane go.
struct DeliveryLane {
  std::string app, lane;
  ports::PushChannel* channel = nullptr;
  /// Hears how each try went; may be empty.
  std::function<Task<Result<void>>(bool good)> note = nullptr;
};

struct DispatchOptions {
  RetryPolicy retries;
  int at_once = 2;  // of a lane
  /// How long a try may take. After that, and a moment, another process may make it again: a try that a kill cut off is
  /// made again then.
  int64_t try_ms = 10'000;
  std::chrono::milliseconds poll{100};
};

/// Sends what is due, lane by lane, each try claimed in the store first, so that of several processes one makes it.
/// At least once: a try that was cut off is made again under the same id. What never arrives, or has used up its tries,
/// is dead, and stays to be looked at. One coroutine runs it, on one io_context with all that it starts.
class Dispatcher {
 public:
  using Lanes = std::function<Task<Result<std::vector<DeliveryLane>>>()>;

  Dispatcher(ports::DocumentStore& documents, const Clock& clock, Lanes lanes, DispatchOptions options,
             Metrics& metrics);

  /// Until stop(), and until the tries under way have ended.
  Task<void> run();
  /// Safe from any thread.
  void stop() { stopped_ = true; }
  /// Starts what is due now, and says how much that was. For tests, with settled().
  Task<Result<size_t>> round();
  Task<void> settled();

 private:
  Task<Result<size_t>> serve(const DeliveryLane& lane);
  Task<void> attempt(DeliveryLane lane, Delivery delivery);
  Task<Result<void>> finish(const DeliveryLane& lane, Delivery delivery, Result<void> outcome);
  Task<Result<void>> forget_old();

  ports::DocumentStore& documents_;
  const Clock& clock_;
  const Lanes lanes_;
  const DispatchOptions options_;
  prometheus::Counter &delivered_, &failed_, &dead_;
  std::map<std::string, int> under_way_;  // by lane
  int all_under_way_ = 0;
  UnixMillis forgot_at_ = 0;
  std::atomic<bool> stopped_{false};
};

}  // namespace gamekeeper::play
