#pragma once

#include <string>

#include "tests/engines/child.h"

namespace gamekeeper::test {

/// A real Apache Kafka broker (KRaft, one node) on a free loopback port and in a temporary folder, ended by its own
/// process id. Needs .engines/kafka (scripts/engines kafka); without it the test fails, it never skips.
class KafkaBroker {
 public:
  KafkaBroker();
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;

  const std::string& address() const { return address_; }  // 127.0.0.1:port
  void kill();   // SIGKILL
  void start();  // again, on the same port and folder

 private:
  std::string folder_, address_;
  int port_ = 0, controller_port_ = 0;
  Child broker_;
};

}  // namespace gamekeeper::test
