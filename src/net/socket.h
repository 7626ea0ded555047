#pragma once

#include <string>
#include <string_view>

#include "net/head_parser.h"
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

/// Runs the route's socket handler on the connection, then closes it. `early` is what came after the request.
Task<void> serve_socket(Worker& worker, Wire wire, std::string subprotocol, std::string early, const Route& route,
                        const Request& request);

}  // namespace gamekeeper::net
