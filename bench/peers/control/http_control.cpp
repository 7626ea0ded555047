// http_control PORT: the yardstick of small GETs. Beast and coroutines with nothing around them: one thread, a fixed
// answer, no routes, keys, limits or deadlines. What the product's server loses against it is the price of those.
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <string>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
constexpr auto kResult = asio::as_tuple(asio::use_awaitable_t<Executor>{});

namespace {

asio::awaitable<void, Executor> serve(Socket socket) {
  boost::beast::flat_buffer buffer;
  buffer.reserve(64 * 1024);
  for (;;) {
    http::request_parser<http::string_body> parser;
    if (auto [error, bytes] = co_await http::async_read(socket, buffer, parser, kResult); error) co_return;
    http::response<http::string_body> response(http::status::ok, parser.get().version());
    response.set(http::field::content_type, "application/json");
    response.keep_alive(parser.get().keep_alive());
    response.body() = R"({"status":"ok"})";
    response.prepare_payload();
    if (auto [error, bytes] = co_await http::async_write(socket, response, kResult); error || !response.keep_alive())
      co_return;
  }
}

asio::awaitable<void, Executor> listen(Acceptor acceptor) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kResult);
    if (error) continue;
    socket.set_option(tcp::no_delay(true));
    const Executor executor = socket.get_executor();
    asio::co_spawn(executor, serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main(int count, char** words) {
  const auto port = static_cast<unsigned short>(count > 1 ? std::stoi(words[1]) : 18300);
  asio::io_context io(1);
  Acceptor acceptor(io.get_executor(), tcp::endpoint(asio::ip::address_v4::loopback(), port));
  asio::co_spawn(io.get_executor(), listen(std::move(acceptor)), asio::detached);
  io.run();
}
