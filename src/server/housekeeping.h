#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "flow/log_retention.h"
#include "gate/gate.h"

namespace gamekeeper::server {

/// Looks every 250 ms whether apps, keys or administrators have changed in the store (another process may have changed them),
/// and forgets what is over; trims the log every few seconds, on a thread of its own: a disk may be slow.
class Housekeeping {
 public:
  /// `retention` may be null: the log's engine has one of its own.
  Housekeeping(gate::Gate& gate, flow::LogRetention* retention);
  ~Housekeeping();

 private:
  /// Until the end: `work`, then a pause.
  void repeat(std::chrono::milliseconds pause, const std::function<void()>& work);
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

/// Where the dashboard's files lie: web/dist beside the program, or beside its folder.
std::string default_web_folder();

}  // namespace gamekeeper::server
