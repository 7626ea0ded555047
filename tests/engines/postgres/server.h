#pragma once

#include <memory>
#include <string>

#include "tests/engines/child.h"

namespace gamekeeper::test {

/// A real PostgreSQL server on a free loopback port and in a temporary folder, ended by its own process id. Needs
/// Debian's postgresql (scripts/setup test); without it the test fails, it never skips. A server that replicates another
/// streams its log and answers reads.
class PostgresServer {
 public:
  PostgresServer() : PostgresServer(nullptr) {}
  explicit PostgresServer(PostgresServer* primary);
  ~PostgresServer();

  std::string url(const std::string& user = "gk") const;
  void kill();  // SIGKILL
  void start();  // again, on the same port and folder; waits until it answers

  /// The first column of the first row, as text; empty when there is none.
  std::string ask(const std::string& sql);
  /// Waits until `sql` answers `wanted`.
  void await(const std::string& sql, const std::string& wanted);

 private:
  void tool(std::vector<std::string> argv);

  std::string folder_;
  int port_ = 0;
  Child server_;
};

}  // namespace gamekeeper::test
