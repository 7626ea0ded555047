#include "adapters/redis/stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gamekeeper::adapters::redis {
namespace {

std::string last_error() { return std::strerror(errno); }

std::string tls_error() {
  char text[256] = "it was closed";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  return text;
}

}  // namespace

std::unexpected<Error> unavailable(std::string why) {
  Error error{ErrorKind::kUnavailable, "storage_unavailable", fmt::format("Redis: {}.", why)};
  error.retry_after = std::chrono::milliseconds(1000);
  return std::unexpected(std::move(error));
}

Stream::~Stream() {
  ssl_.reset();
  if (fd_ >= 0) ::close(fd_);
}

Result<void> Stream::connect(const Address& address, Deadline until) {
  if (auto ok = join(address, until); !ok) return ok;
  return address.tls ? secure(address, until) : Result<void>();
}

Result<void> Stream::join(const Address& address, Deadline until) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int failed = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failed != 0) return unavailable(fmt::format("{}: {}", address.host, ::gai_strerror(failed)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> held(found, &::freeaddrinfo);
  std::string why = "no address";
  for (const addrinfo* at = found; at; at = at->ai_next) {
    fd_ = ::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
    if (fd_ < 0) return unavailable(last_error());
    int error = ::connect(fd_, at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      socklen_t size = sizeof error;
      if (!wait(POLLOUT, until))
        error = ETIMEDOUT;
      else
        ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error == 0) {
      const int yes = 1;
      ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      ::setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
      return {};
    }
    why = std::strerror(error);
    ::close(fd_);
    fd_ = -1;
  }
  return unavailable(fmt::format("{}:{}: {}", address.host, address.port, why));
}

Result<void> Stream::secure(const Address& address, Deadline until) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!context_) return unavailable(tls_error());
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_default_verify_paths(context_.get());  // SSL_CERT_FILE names another authority
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  ssl_.reset(SSL_new(context_.get()));
  if (!ssl_ || SSL_set_fd(ssl_.get(), fd_) != 1 || SSL_set1_host(ssl_.get(), address.host.c_str()) != 1 ||
      SSL_set_tlsext_host_name(ssl_.get(), address.host.c_str()) != 1)
    return unavailable(tls_error());
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(ssl_.get());
    if (result == 1) return {};
    if (auto ok = tls_wait(result, until); !ok) return ok;
  }
}

Result<void> Stream::wait(short events, Deadline until) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd one{.fd = fd_, .events = events, .revents = 0};
    const int ready = ::poll(&one, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) return {};
    if (ready < 0 && errno == EINTR) continue;
    return fail(ErrorKind::kTimeout, "timeout", "Redis has not answered for too long.");
  }
}

Result<void> Stream::tls_wait(int result, Deadline until) {
  const int why = SSL_get_error(ssl_.get(), result);
  if (why == SSL_ERROR_WANT_READ) return wait(POLLIN, until);
  if (why == SSL_ERROR_WANT_WRITE) return wait(POLLOUT, until);
  return unavailable("TLS: " + tls_error());
}

Result<void> Stream::write(std::string_view bytes, Deadline until) {
  while (!bytes.empty()) {
    ssize_t done = 0;
    if (ssl_) {
      ERR_clear_error();  // of this thread, from whatever came before
      done = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20)));
      if (done <= 0) {
        if (auto ok = tls_wait(static_cast<int>(done), until); !ok) return unavailable(ok.error().message);
        continue;
      }
    } else {
      done = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (done < 0 && errno == EAGAIN) {
        if (auto ok = wait(POLLOUT, until); !ok) return unavailable(ok.error().message);
        continue;
      }
      if (done < 0) return unavailable(last_error());
    }
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return {};
}

Result<size_t> Stream::read(char* into, size_t size, Deadline until) {
  for (;;) {
    ssize_t done = 0;
    if (ssl_) {
      ERR_clear_error();
      done = SSL_read(ssl_.get(), into, static_cast<int>(size));
      if (done > 0) return static_cast<size_t>(done);
      if (auto ok = tls_wait(static_cast<int>(done), until); !ok) return std::unexpected(ok.error());
      continue;
    }
    done = ::recv(fd_, into, size, 0);
    if (done > 0) return static_cast<size_t>(done);
    if (done == 0) return unavailable("the server has closed the connection");
    if (errno != EAGAIN) return unavailable(last_error());
    if (auto ok = wait(POLLIN, until); !ok) return std::unexpected(ok.error());
  }
}

bool Stream::stale() const {
  pollfd one{.fd = fd_, .events = POLLIN | POLLRDHUP, .revents = 0};
  return ::poll(&one, 1, 0) != 0;
}

}  // namespace gamekeeper::adapters::redis
