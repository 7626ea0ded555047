#pragma once

#include <string>
#include <vector>

#include "tests/engines/child.h"

namespace gamekeeper::test {

/// A real Redis on a free loopback port and in a temporary folder, ended by its own process id. Needs Debian's
/// redis-server (scripts/setup test); without it the test fails, it never skips.
class RedisServer {
 public:
  /// `more`: arguments of redis-server, such as {"--appendonly", "yes"}.
  explicit RedisServer(std::vector<std::string> more = {});
  ~RedisServer();

  std::string url() const;
  int port() const { return port_; }
  void kill();   // SIGKILL
  void start();  // again, on the same port and folder; waits until it answers

  /// What redis-cli prints for a command, without the line's end.
  std::string cli(const std::vector<std::string>& command);

 private:
  std::string folder_;
  std::vector<std::string> more_;
  int port_ = 0;
  Child server_;
};

}  // namespace gamekeeper::test
