#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/client_address.h"
#include "net/guard.h"
#include "net/router.h"

namespace gamekeeper {
class Metrics;
}

namespace gamekeeper::net {

/// One served request, for a tracer. Views live only during the call.
struct SpanRecord {
  std::string_view name;  // the route's pattern
  std::string_view method, path, request_id;
  std::string_view trace_id, span_id;  // hexadecimal
  std::string_view parent_span_id;     // empty for a trace that begins here
  bool sampled = true;
  int64_t start_ns = 0, end_ns = 0;  // since 1970
  int status = 0;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;  // 0: any free port
  int threads = 0;       // 0: one a core
  size_t header_bytes_max = 16 * 1024;
  size_t body_bytes_max = 8 * 1024 * 1024;        // as received and after decompression
  std::chrono::seconds header_deadline{10};
  std::chrono::seconds idle_deadline{75};
  size_t body_rate_min = 1024;                    // bytes a second, after the first 5 s
  size_t connections_max = 20'000;
  std::chrono::seconds drain_deadline{8};         // at stop()
  std::chrono::milliseconds slow_reader_stall{2'500};  // a socket that takes nothing for so long is closed with 1013
  std::chrono::milliseconds slow_reader_linger{10'000};  // for a socket closed with 1013 to read so
  std::vector<std::string> allowed_origins;  // CORS and WebSocket; "*" allows all
  std::vector<std::string> socket_protocols = {"graphql-transport-ws"};
  std::vector<Network> trusted_proxies;  // whose X-Forwarded-For says who the client is
  std::string tls_certificate_file, tls_key_file;  // both empty: plain HTTP
  bool hide_internal_errors = true;
  size_t body_bytes_in_flight_max = size_t{1} << 30;  // bodies being received, all connections together
  Metrics* metrics = nullptr;  // gamekeeper_http_*; null: not measured
  double trace_sample = 1;  // share of the traces that begin here
  std::function<void(const SpanRecord&)> tracer;  // called on the server's threads after each answer; must not block
  bool log_requests = true;  // up to 50 lines a second and thread, the rest counted
};

/// The HTTP/1.1 and WebSocket server: one io_context a thread, SO_REUSEPORT.
class Server {
 public:
  Server(ServerOptions options, const Router& router, Guard& guard);
  ~Server();

  /// Binds and starts the threads. Errors: kUnavailable `port_in_use`, kInvalid `bad_address`.
  Result<void> start();
  uint16_t port() const;  // the bound port, once started

  /// Stops accepting, ends idle connections, lets open requests finish, closes sockets with 1001; returns when all
  /// threads have ended, at the latest after drain_deadline.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamekeeper::net
