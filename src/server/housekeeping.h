#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::server {

/// What is done again and again, with a pause in between. A failure is logged as `failure` of `service`, and tried again.
struct Chore {
  const char* service;
  const char* failure;
  std::chrono::milliseconds pause;
  std::function<Task<Result<void>>()> work;
};

/// Does the chores, each on a thread of its own: a disk may be slow.
class Housekeeping {
 public:
  explicit Housekeeping(std::vector<Chore> chores);
  ~Housekeeping();

 private:
  void repeat(const Chore& chore);
  const std::vector<Chore> chores_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

/// Where the dashboard's files lie: web/dist beside the program, or beside its folder.
std::string default_web_folder();

}  // namespace gamekeeper::server
