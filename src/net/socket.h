#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "net/head_parser.h"
#include "net/web_socket.h"
#include "net/worker.h"

namespace gamekeeper::net {

/// What an upgrade agreed on: the 101 answer's head.
struct SocketAgreement {
  std::string head;
  std::string subprotocol;
};

/// Judges an upgrade request: origin, version, key, subprotocol. The error is the answer to send (403, 426, 400).
std::expected<SocketAgreement, Response> agree_on_socket(const ServerOptions& options, const Head& head,
                                                         const Request& request);

/// A connection that has become a socket: all that stays of it.
struct Upgraded {
  Wire wire;
  std::string subprotocol;
  std::string early;  // bytes that came after the request
  const Route* route = nullptr;
  SocketRequest request;
};

/// Runs the route's socket handler on the connection, then closes it. It counts as a connection already.
Task<void> serve_socket(Worker& worker, Upgraded upgraded);

}  // namespace gamekeeper::net
