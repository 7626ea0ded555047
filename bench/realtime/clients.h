#pragma once

#include <cstdint>
#include <string>

namespace gamekeeper::bench {

/// Sockets of a process of its own, so that what they cost is not measured. One thread, epoll.
struct ClientPlan {
  uint16_t port = 0;
  size_t sockets = 0;
  std::string topic;      // each subscribes to it
  uint64_t messages = 0;  // each waits for so many pushes; 0: none
};

/// Runs in the child after a fork: writes "r" to `to` when all are subscribed, "d" when all pushes have come or "x" when a
/// socket was closed before; ends when `from` is closed.
void run_clients(const ClientPlan& plan, int from, int to);

}  // namespace gamekeeper::bench
