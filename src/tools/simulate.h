#pragma once

#include <cstdint>
#include <string>

namespace gamekeeper::tools {

struct SimulateOptions {
  std::string target, credentials;
  uint32_t players = 200;
  double rate = 100;       // events a second
  double duration_s = 60;  // 0: until interrupted
  uint64_t seed = 1;
  bool as_json = false;
};

/// `gamekeeper simulate`: players with sessions, levels, matches, purchases and errors, through the public API. The
/// same seed gives the same stream of players and acts; only the times are those of the run. Returns the exit status.
int simulate(const SimulateOptions& options);

}  // namespace gamekeeper::tools
