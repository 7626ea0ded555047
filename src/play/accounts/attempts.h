#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gate/rate_limit.h"

namespace gamekeeper::play {

/// How often somebody may try, kept by what is tried and by address: in this process's memory, bounded. Thread-safe.
class Attempts {
 public:
  /// Takes one. Errors: kRateLimited with when to come again; `what` begins the sentence: "Too many attempts to sign in".
  Result<void> take(std::string_view who, gate::Rate rate, const char* what);

 private:
  gate::RateTable table_{1 << 16};
};

}  // namespace gamekeeper::play
