#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::flow {

/// Has everything that is derived into an engine derived anew when that engine may have forgotten something. Refills are
/// added at start; run_once() by one chore.
class Refill {
 public:
  /// `generation`: a text that changes then (RedisConnections::generation).
  explicit Refill(std::function<Task<Result<std::string>>()> generation) : generation_(std::move(generation)) {}

  /// Services fill the engine when they start, too: the first look only remembers.
  void add(std::string name, std::function<Task<Result<void>>()> refill);

  /// Looks once. A refill that fails is begun again with the next look, the others are not repeated.
  /// Errors: those of the engine and of the refills.
  Task<Result<void>> run_once();

 private:
  struct Part {
    std::string name;
    std::function<Task<Result<void>>()> refill;
    bool due = false;
  };
  std::function<Task<Result<std::string>>()> generation_;
  std::string seen_;
  bool looked_ = false;
  std::vector<Part> parts_;
};

}  // namespace gamekeeper::flow
