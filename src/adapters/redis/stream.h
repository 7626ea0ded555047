#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string_view>

#include "adapters/redis/address.h"

namespace gamekeeper::adapters::redis {

using Deadline = std::chrono::steady_clock::time_point;

/// Bytes to and from a server, by TCP or TLS. Belongs to one thread at a time. After an error it is of no more use.
class Stream {
 public:
  Stream() = default;
  ~Stream();
  Stream(const Stream&) = delete;

  /// Errors of all: kUnavailable `storage_unavailable`.
  Result<void> connect(const Address& address, Deadline until);
  Result<void> write(std::string_view bytes, Deadline until);
  /// Some bytes, at least one. Errors: kTimeout when there are none until then, which breaks nothing.
  Result<size_t> read(char* into, size_t size, Deadline until);
  /// Whether the other end has gone meanwhile, or says what nobody asked for.
  bool stale() const;
  int fd() const { return fd_; }
  /// Bytes that TLS has unwrapped already, for which poll() would wait in vain.
  bool holds_bytes() const { return ssl_ && SSL_pending(ssl_.get()) > 0; }

 private:
  Result<void> join(const Address& address, Deadline until);
  Result<void> secure(const Address& address, Deadline until);
  Result<void> wait(short events, Deadline until) const;
  Result<void> tls_wait(int result, Deadline until);

  int fd_ = -1;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
};

/// An engine that could not be reached, or has gone.
std::unexpected<Error> unavailable(std::string why);

}  // namespace gamekeeper::adapters::redis
