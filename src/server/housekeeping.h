#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "gate/gate.h"

namespace gamekeeper::server {

/// Looks every 250 ms whether apps, keys or administrators have changed in the store (another process may have changed them),
/// and forgets what is over.
class Housekeeping {
 public:
  explicit Housekeeping(gate::Gate& gate);
  ~Housekeeping();

 private:
  void work();
  gate::Gate& gate_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;
};

/// Where the dashboard's files lie: web/dist beside the program, or beside its folder.
std::string default_web_folder();

}  // namespace gamekeeper::server
