#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::net {

/// What is left of the request that opened a socket: thousands of idle ones keep no more.
struct SocketRequest {
  std::string path, query;  // as they came

  /// Whether the address has a parameter of that name.
  bool has_query_param(std::string_view name) const;
};

/// One upgraded connection, already accepted. Owned by the server; used only on its own thread, except send().
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  /// The next text message; kUnavailable once the peer has gone or close() was called; kTooLarge, kInvalid when the
  /// peer broke the protocol (the connection has then been closed with its RFC 6455 code); kTimeout at the deadline. kUnavailable `too_slow`
  /// when the peer did not read.
  virtual Task<Result<std::string>> read(std::chrono::steady_clock::time_point deadline) = 0;

  /// Queues a text message; never blocks; safe from any thread. False when the queue (64 messages) is full: the
  /// connection is then closed with 1013, the reader being too slow. So it is when what was sent makes no progress for
  /// some seconds.
  virtual bool send(std::shared_ptr<const std::string> message) = 0;
  bool send(std::string message) { return send(std::make_shared<const std::string>(std::move(message))); }

  /// Messages that have not gone out yet; nothing once the connection is closing. Safe from any thread.
  virtual std::optional<size_t> queued() const = 0;

  /// Starts the closing handshake; safe from any thread.
  virtual void close(uint16_t code, std::string_view reason) = 0;

  /// The subprotocol agreed on at the upgrade (e.g. graphql-transport-ws), or empty.
  virtual std::string_view subprotocol() const = 0;
};

}  // namespace gamekeeper::net
