#include "net/wire.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>

namespace gamekeeper::net {
namespace {

std::unexpected<Error> bad_certificate(const std::string& what) {
  char reason[256] = "unknown reason";
  if (const auto code = ERR_get_error(); code != 0) ERR_error_string_n(code, reason, sizeof(reason));
  ERR_clear_error();
  return fail(ErrorKind::kInvalid, "bad_certificate", what + ": " + reason, "tls");
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  static constexpr unsigned char kHttp[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, kHttp, sizeof(kHttp) - 1, in, in_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<SslContext> load_tls(const std::string& certificate_file, const std::string& key_file) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) return bad_certificate("TLS cannot be set up");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return bad_certificate("The certificate " + certificate_file + " cannot be used");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return bad_certificate("The key " + key_file + " cannot be used");
  }
  return context;
}

Wire::Wire(Socket socket, SSL_CTX* tls) : socket_(std::move(socket)) {
  if (!tls) return;
  ssl_.reset(SSL_new(tls));
  GK_CHECK(ssl_, "no memory for TLS");
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);  // OpenSSL reads and writes the descriptor itself
  SSL_set_fd(ssl_.get(), socket_.native_handle());
  SSL_set_accept_state(ssl_.get());  // the handshake happens inside the first read
}

Wire::Attempt Wire::tls_outcome(int result) {
  const int saved = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {State::kWantsRead};
    case SSL_ERROR_WANT_WRITE:
      return {State::kWantsWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {State::kEnd};
    case SSL_ERROR_SYSCALL:
      return {saved == 0 ? State::kEnd : State::kBroken};
    default:
      return {State::kBroken};
  }
}

Wire::Attempt Wire::try_read(char* to, size_t n) {
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    const int got = SSL_read(ssl_.get(), to, static_cast<int>(std::min<size_t>(n, 1 << 30)));
    return got > 0 ? Attempt{State::kDone, static_cast<size_t>(got)} : tls_outcome(got);
  }
  for (;;) {
    const ssize_t got = ::recv(socket_.native_handle(), to, n, MSG_DONTWAIT);
    if (got > 0) return {State::kDone, static_cast<size_t>(got)};
    if (got == 0) return {State::kEnd};
    if (errno != EINTR) return {errno == EAGAIN || errno == EWOULDBLOCK ? State::kWantsRead : State::kBroken};
  }
}

Wire::Attempt Wire::try_write(std::span<const iovec> pieces) {
  if (ssl_) {
    size_t written = 0;
    for (const iovec& piece : pieces) {
      if (piece.iov_len == 0) continue;
      ERR_clear_error();
      errno = 0;
      const int sent =
          SSL_write(ssl_.get(), piece.iov_base, static_cast<int>(std::min<size_t>(piece.iov_len, 1 << 30)));
      if (sent <= 0) return written > 0 ? Attempt{State::kDone, written} : tls_outcome(sent);
      written += static_cast<size_t>(sent);
      if (static_cast<size_t>(sent) < piece.iov_len) break;
    }
    return {State::kDone, written};
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  for (;;) {
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return {State::kDone, static_cast<size_t>(sent)};
    if (errno != EINTR) return {errno == EAGAIN || errno == EWOULDBLOCK ? State::kWantsWrite : State::kBroken};
  }
}

Task<bool> Wire::wait(State wanted) {
  boost::system::error_code ec;
  co_await socket_.async_wait(direction(wanted), asio::redirect_error(use_task, ec));
  co_return !ec;
}

void Wire::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Wire::finish() {
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

void Wire::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Wire::abort() {
  if (!socket_.is_open()) return;
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace gamekeeper::net
