#pragma once

#include <openssl/ssl.h>
#include <sys/uio.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::net {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeSsl>;

/// TLS 1.2 and 1.3 with a PEM chain and key. Errors: kInvalid `bad_certificate`.
Result<SslContext> load_tls(const std::string& certificate_file, const std::string& key_file);

/// One TCP connection, in clear or inside TLS. Every attempt returns at once; what would block is waited for.
/// Used on one thread.
class Wire {
 public:
  /// `tls` null: in clear.
  Wire(Socket socket, SSL_CTX* tls);
  Wire(Wire&&) = default;

  enum class State : uint8_t { kDone, kWantsRead, kWantsWrite, kEnd, kBroken };
  struct Attempt {
    State state = State::kBroken;
    size_t bytes = 0;
  };
  /// kDone with at least one byte, kEnd when the peer has finished sending.
  Attempt try_read(char* to, size_t n);
  /// Writes a prefix of the pieces.
  Attempt try_write(std::span<const iovec> pieces);

  /// Waits until an attempt that wanted this may go on; false when cancelled or broken.
  Task<bool> wait(State wanted);
  /// Calls `done(bool)` in that case, on the socket's thread.
  template <class Done>
  void when(State wanted, Done done) {
    socket_.async_wait(direction(wanted),
                       [done = std::move(done)](boost::system::error_code ec) mutable { done(!ec); });
  }
  /// Ends every wait with false.
  void cancel();
  /// Says that no more will be sent.
  void finish();
  void close();
  /// Closes so that the peer sees a reset.
  void abort();
  bool is_open() const { return socket_.is_open(); }
  bool is_secure() const { return ssl_ != nullptr; }
  Socket& socket() { return socket_; }

 private:
  static Socket::wait_type direction(State wanted) {
    return wanted == State::kWantsWrite ? Socket::wait_write : Socket::wait_read;
  }
  Attempt tls_outcome(int result);

  Socket socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace gamekeeper::net
