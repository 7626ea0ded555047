#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::net {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

/// kInvalid `bad_address`; a literal IPv4 or IPv6 address, or "localhost".
Result<asio::ip::tcp::endpoint> parse_endpoint(const std::string& address, uint16_t port);
/// kUnavailable `port_in_use` when anyone listens there already: several listeners with SO_REUSEPORT would share the
/// port silently, so the question is asked without it.
Result<void> probe_port(const asio::ip::tcp::endpoint& endpoint);
/// A listener that shares its port with those of this process's other threads.
Result<Acceptor> listen_on(Executor executor, const asio::ip::tcp::endpoint& endpoint);

}  // namespace gamekeeper::net
