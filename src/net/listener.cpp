#include "net/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>

namespace gamekeeper::net {
namespace {

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr int kBacklog = 4096;

std::unexpected<Error> cannot_bind(const asio::ip::tcp::endpoint& endpoint, const boost::system::error_code& ec) {
  const std::string where = fmt::format("{}:{}", endpoint.address().to_string(), endpoint.port());
  if (ec == asio::error::address_in_use) {
    return fail(ErrorKind::kUnavailable, "port_in_use", fmt::format("Something already listens on {}.", where),
                "listen");
  }
  return fail(ErrorKind::kInvalid, "bad_address", fmt::format("Cannot listen on {}: {}.", where, ec.message()),
              "listen");
}

}  // namespace

Result<asio::ip::tcp::endpoint> parse_endpoint(const std::string& address, uint16_t port) {
  boost::system::error_code ec;
  const auto parsed = asio::ip::make_address(address == "localhost" ? "127.0.0.1" : address, ec);
  if (ec)
    return fail(ErrorKind::kInvalid, "bad_address", "The address to listen on, " + address + ", is not an IP address.",
                "listen", "such as 127.0.0.1 or ::");
  return asio::ip::tcp::endpoint(parsed, port);
}

Result<void> probe_port(const asio::ip::tcp::endpoint& endpoint) {
  asio::io_context io;
  Acceptor probe(io.get_executor());
  boost::system::error_code ec;
  probe.open(endpoint.protocol(), ec);
  if (!ec) probe.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) probe.bind(endpoint, ec);
  if (ec) return cannot_bind(endpoint, ec);
  return {};
}

Result<Acceptor> listen_on(Executor executor, const asio::ip::tcp::endpoint& endpoint) {
  Acceptor acceptor(executor);
  boost::system::error_code ec;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.set_option(ReusePort(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(kBacklog, ec);
  if (ec) return cannot_bind(endpoint, ec);
  return acceptor;
}

}  // namespace gamekeeper::net
