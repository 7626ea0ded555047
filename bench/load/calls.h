#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "load/traffic.h"

namespace gamekeeper::bench {

struct CallsOptions {
  uint64_t seed = 1;
  /// Every request says that it comes from another address (X-Forwarded-For), as behind a load balancer: limits that are
  /// an address's are not ours then.
  bool through_proxy = false;
};

/// Calls in random turn, one a line: method, path, bearer token or nothing, JSON body or nothing, parted by tabs. Any 2xx
/// answer counts.
std::unique_ptr<Traffic> make_calls(const Target& target, std::string_view lines, const CallsOptions& options);

/// Sign-ins of devices, each of them never seen before (`seed` tells runs apart) and at an address of its own.
std::unique_ptr<Traffic> make_devices(const Target& target, uint64_t seed);

}  // namespace gamekeeper::bench
