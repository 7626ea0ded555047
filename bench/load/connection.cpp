#include "load/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace gamekeeper::bench {
namespace {

[[noreturn]] void die(std::string_view why) {
  fmt::print(stderr, "bench: {}{}\n", why, errno != 0 ? fmt::format(": {}", std::strerror(errno)) : std::string());
  std::exit(1);
}

/// The value of a header, whatever its case; empty when it is not there.
std::string_view header(std::string_view head, std::string_view name) {
  for (size_t at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        ::strncasecmp(line.data(), name.data(), name.size()) == 0) {
      std::string_view value = line.substr(name.size() + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      return value;
    }
  }
  return {};
}

}  // namespace

int connect_to(const Target& target) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  if (::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr) != 1)
    die("the target must be an IPv4 address and a port");
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    die(fmt::format("cannot connect to {}:{}", target.host, target.port));
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

Connection::Connection(const Target& target) : fd_(connect_to(target)) { ::fcntl(fd_, F_SETFL, O_NONBLOCK); }
Connection::~Connection() { ::close(fd_); }

void Connection::send(Traffic& traffic, SteadyTime planned) {
  out_.clear();
  in_.clear();
  sent_ = 0;
  traffic.next(out_);
  planned_ = planned;
  busy_ = true;
  flush();
}

void Connection::flush() {
  while (sent_ < out_.size()) {
    const ssize_t n = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n > 0)
      sent_ += static_cast<size_t>(n);
    else if (errno == EAGAIN)
      return;
    else
      die("the server closed a connection while a request was sent");
  }
}

bool Connection::receive(Answer& answer) {
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) errno = n == 0 ? 0 : errno, die("the server closed a connection before it had answered");
    in_.append(buffer, static_cast<size_t>(n));
    if (parse(answer)) return busy_ = false, true;
  }
}

bool Connection::parse(Answer& answer) {
  const size_t end = in_.find("\r\n\r\n");
  if (end == in_.npos) return false;
  const std::string_view head = std::string_view(in_).substr(0, end);
  if (head.size() < 12) die("an answer is not HTTP");
  std::from_chars(head.data() + 9, head.data() + 12, answer.status);
  const std::string_view length = header(head, "content-length");
  if (length.empty()) return parse_chunks(end + 4, answer);
  size_t bytes = 0;
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  if (in_.size() < end + 4 + bytes) return false;
  answer.body = std::string_view(in_).substr(end + 4, bytes);
  return true;
}

bool Connection::parse_chunks(size_t from, Answer& answer) {
  joined_.clear();
  for (;;) {
    const size_t line_end = in_.find("\r\n", from);
    if (line_end == in_.npos) return false;
    size_t bytes = 0;
    std::from_chars(in_.data() + from, in_.data() + line_end, bytes, 16);
    if (in_.size() < line_end + 4 + bytes) return false;
    if (bytes == 0) return answer.body = joined_, true;
    joined_.append(in_, line_end + 2, bytes);
    from = line_end + 4 + bytes;
  }
}

}  // namespace gamekeeper::bench
