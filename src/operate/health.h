#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/task.h"

namespace gamekeeper::operate {

/// What one check found.
struct Finding {
  bool well = true;
  std::string details_json = "{}";  // an object
};

/// Readiness and the named checks behind /health/detailed. Checks are registered at start; safe from any thread after.
class Health {
 public:
  using Check = std::function<Task<Finding>()>;
  void add(std::string name, Check check) { checks_.push_back({std::move(name), std::move(check)}); }
  void set_ready(bool ready) { ready_ = ready; }
  bool ready() const { return ready_; }

  struct Named {
    std::string name;
    Check check;
  };
  const std::vector<Named>& checks() const { return checks_; }

 private:
  std::atomic<bool> ready_{false};
  std::vector<Named> checks_;
};

}  // namespace gamekeeper::operate
