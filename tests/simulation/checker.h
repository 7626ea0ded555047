#pragma once

#include <string>
#include <vector>

#include "world.h"

namespace gamekeeper::simulation {

/// Compares what can be seen in the end with what was sent, and with the slow and obvious program. What is wrong, as
/// sentences.
std::vector<std::string> complaints_about(World& world);

struct Verdict {
  std::vector<std::string> complaints;
  uint64_t trace_hash = 0, kills = 0, events = 0;
};
/// One run, from its seed alone.
Verdict simulate(const Plan& plan);

}  // namespace gamekeeper::simulation
