#pragma once

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "server/config.h"

namespace gamekeeper::server {

/// The whole program, put together by hand: stores → gate → services → routes → server.
class Program {
 public:
  /// Errors: whatever stops a start, one sentence each.
  static Result<std::unique_ptr<Program>> start(const Config& config);
  ~Program();

  uint16_t port() const;
  /// How long the stores took to open, recovery after a crash included: of a start all that depends on the disk.
  std::chrono::nanoseconds stores_open_after() const;
  /// A one-time sign-in link for the first administrator; empty when there is none.
  std::string sign_in_link();
  /// Readiness fails first; open requests finish; the processor commits; then the stores close.
  void stop();

 private:
  struct Parts;
  explicit Program(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace gamekeeper::server
