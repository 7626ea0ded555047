#include "net/server.h"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <optional>
#include <thread>

#include "base/log.h"
#include "net/connection.h"
#include "net/listener.h"
#include "net/worker.h"

namespace gamekeeper::net {
namespace {

using std::chrono::milliseconds;

constexpr auto kTick = milliseconds(100);
constexpr int kTicksPerWalk = 2;       // deadlines are looked at on every second tick
constexpr size_t kHeaderBytesTop = 32 * 1024;  // a head and some body must fit the read buffer
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\nConnection: "
    "close\r\n"
    "Content-Length: 165\r\n\r\n"
    R"({"type":"urn:gamekeeper:problem:overloaded","title":"Service Unavailable","status":503,"code":"overloaded","detail":"Too many connections are open.","request_id":""})";

std::string make_date_line() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char line[64];
  const size_t n = std::strftime(line, sizeof(line), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
  return {line, n};
}

Task<void> serve_connection(Worker& worker, std::unique_ptr<Connection> connection) {
  auto upgraded = co_await connection->run();
  connection.reset();  // a socket may be idle for days: what it doesn't need goes
  if (upgraded) co_await serve_socket(worker, std::move(*upgraded));
}

void start_connection(Worker& worker, Socket socket) {
  boost::system::error_code ec;
  const auto peer = socket.remote_endpoint(ec);
  if (ec) return;
  if (worker.shared.connections >= worker.shared.options.connections_max) {
    [[maybe_unused]] const auto ignored =
        ::send(socket.native_handle(), kFull.data(), kFull.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return;
  }
  socket.set_option(asio::ip::tcp::no_delay(true), ec);
  auto connection = std::make_unique<Connection>(worker, Wire(std::move(socket), worker.shared.tls.get()),
                                                 peer.address().to_string());
  asio::co_spawn(worker.io.get_executor(), serve_connection(worker, std::move(connection)),
                 [](std::exception_ptr failure) {
                   if (failure) log::error("http", "connection_failed");
                 });
}

Task<void> accept_all(Worker& worker, Acceptor& acceptor) {
  for (;;) {
    boost::system::error_code ec;
    Socket socket = co_await acceptor.async_accept(worker.io.get_executor(), asio::redirect_error(use_task, ec));
    if (worker.draining || ec == asio::error::operation_aborted) co_return;
    if (!ec) {
      start_connection(worker, std::move(socket));
      continue;
    }
    log::error("http", "accept_failed", {log::text("reason", ec.message())});
    co_await sleep_for(milliseconds(100));  // out of descriptors: let some close
  }
}

/// Runs until the server has drained: ten times a second counts and deadlines.
Task<void> tick(Worker& worker, std::atomic<bool>& stop_now) {
  for (int n = 0;; ++n) {
    worker.now = std::chrono::steady_clock::now();
    worker.date_line = make_date_line();
    worker.stats.fold(worker.shared.connections);
    if (n % kTicksPerWalk == 0) worker.connections.each([&](Timed& one) { one.on_tick(worker.now); });
    if ((worker.draining && worker.connections.empty()) || stop_now) co_return;
    boost::system::error_code ignored;
    worker.ticker.expires_after(worker.draining ? milliseconds(10) : kTick);
    co_await worker.ticker.async_wait(asio::redirect_error(use_task, ignored));
  }
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions o, const Router& r, Guard& g) : options(std::move(o)), state{options, r, g, {}} {
    options.header_bytes_max = std::min(options.header_bytes_max, kHeaderBytesTop);
    if (options.threads <= 0) options.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  }

  Result<void> listen();
  void run();
  void drain(Worker& worker);
  void stop();

  ServerOptions options;
  ServerState state;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::optional<Acceptor>> acceptors;
  std::vector<std::thread> threads;
  std::atomic<bool> stop_now{false};
  uint16_t port = 0;
};

Result<void> Server::Impl::listen() {
  auto endpoint = parse_endpoint(options.address, options.port);
  if (!endpoint) return std::unexpected(std::move(endpoint.error()));
  if (options.port != 0) {
    if (auto free = probe_port(*endpoint); !free) return free;
  }
  for (int i = 0; i < options.threads; ++i) {
    workers.push_back(std::make_unique<Worker>(state));
    auto acceptor = listen_on(workers.back()->io.get_executor(), *endpoint);
    if (!acceptor) return std::unexpected(std::move(acceptor.error()));
    if (i == 0) port = acceptor->local_endpoint().port();
    endpoint->port(port);
    acceptors.emplace_back(std::move(*acceptor));
  }
  return {};
}

void Server::Impl::run() {
  for (size_t i = 0; i < workers.size(); ++i) {
    Worker& worker = *workers[i];
    auto failed = [](std::exception_ptr failure) { GK_CHECK(!failure, "the server's own loops do not throw"); };
    worker.date_line = make_date_line();
    // The acceptor stays reachable: stop() closes it on the worker's thread.
    asio::co_spawn(worker.io.get_executor(), accept_all(worker, *acceptors[i]), failed);
    asio::co_spawn(worker.io.get_executor(), tick(worker, stop_now), failed);
    threads.emplace_back([&worker] { worker.io.run(); });
  }
}

void Server::Impl::drain(Worker& worker) {
  worker.draining = true;
  worker.ticker.cancel();
  worker.connections.each([](Timed& one) { one.on_drain(); });
}

void Server::Impl::stop() {
  if (threads.empty()) return;
  for (size_t i = 0; i < workers.size(); ++i) {
    asio::post(workers[i]->io, [this, i] {
      boost::system::error_code ignored;
      acceptors[i]->close(ignored);
      drain(*workers[i]);
    });
  }
  const auto deadline = std::chrono::steady_clock::now() + options.drain_deadline;
  while (state.connections > 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(milliseconds(5));
  stop_now = true;
  if (state.connections > 0) {
    log::warning("http", "drain_cut_short", {log::number("connections", static_cast<int64_t>(state.connections))});
    for (auto& worker : workers) worker->io.stop();
  }
  for (std::thread& thread : threads) thread.join();
  threads.clear();
}

Server::Server(ServerOptions options, const Router& router, Guard& guard)
    : impl_(std::make_unique<Impl>(std::move(options), router, guard)) {}

Server::~Server() {
  stop();
  if (impl_->state.connections == 0) return;
  // Handlers were cut off while waiting for answers that other threads may yet hand them: what they stand on stays
  // until the process ends.
  static auto& cut_off = *new std::vector<std::unique_ptr<Impl>>;
  cut_off.push_back(std::move(impl_));
}

Result<void> Server::start() {
  if (!impl_->options.tls_certificate_file.empty()) {
    auto tls = load_tls(impl_->options.tls_certificate_file, impl_->options.tls_key_file);
    if (!tls) return std::unexpected(std::move(tls.error()));
    impl_->state.tls = std::move(*tls);
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  }
  if (auto listening = impl_->listen(); !listening) return listening;
  impl_->run();
  log::info("http", "listening",
            {log::text("address", impl_->options.address), log::number("port", int64_t{impl_->port})});
  return {};
}

uint16_t Server::port() const { return impl_->port; }

void Server::stop() { impl_->stop(); }

}  // namespace gamekeeper::net
