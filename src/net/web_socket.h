#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::net {

/// One upgraded connection, already accepted. Owned by the server; used only on its own thread, except send().
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  /// The next text message; kUnavailable once the peer has gone or close() was called; kTooLarge, kInvalid when the
  /// peer broke the protocol (the connection has then been closed with its RFC 6455 code); kTimeout at the deadline.
  virtual Task<Result<std::string>> read(std::chrono::steady_clock::time_point deadline) = 0;

  /// Queues a text message; never blocks; safe from any thread. False when the queue (64 messages) is full: the
  /// connection is then closed with 1013, the reader being too slow.
  virtual bool send(std::shared_ptr<const std::string> message) = 0;
  bool send(std::string message) { return send(std::make_shared<const std::string>(std::move(message))); }

  /// Starts the closing handshake; safe from any thread.
  virtual void close(uint16_t code, std::string_view reason) = 0;

  /// The subprotocol agreed on at the upgrade (e.g. graphql-transport-ws), or empty.
  virtual std::string_view subprotocol() const = 0;
};

}  // namespace gamekeeper::net
