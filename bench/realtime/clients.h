#pragma once

#include <cstdint>
#include <string>

namespace gamekeeper::bench {

/// Sockets of a process of its own, so that what they cost is not measured. One thread, epoll.
struct ClientPlan {
  uint16_t port = 0;
  size_t sockets = 0;
  std::string topic;      // each subscribes to it
};

/// Pushes after which clients say that all have had so many more.
inline constexpr uint64_t kStep = 50;

/// Runs in the child after a fork: writes "r" to `to` when all are subscribed, "p" whenever each has had kStep pushes more,
/// "x" when a socket was closed; ends when `from` is closed.
void run_clients(const ClientPlan& plan, int from, int to);

}  // namespace gamekeeper::bench
