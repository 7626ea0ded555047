#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace gamekeeper::net::test {

inline std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

struct RawResponse {
  int status = 0;  // 0: no whole response came
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// A blocking client that sends exactly the bytes it is told to.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) close();
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;

  bool is_connected() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  void receive_buffer(int bytes) { ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)); }

  /// False when the peer has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  /// Reads once into the buffer; false at the end or after `timeout_ms`.
  bool more(int timeout_ms = 5000) {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, timeout_ms) <= 0) return false;
    char bytes[65536];
    const ssize_t n = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (n <= 0) {
      ended_ = true;
      return false;
    }
    in_.append(bytes, static_cast<size_t>(n));
    return true;
  }

  RawResponse read(int timeout_ms = 5000, bool head_only = false) {
    RawResponse response;
    size_t end = 0;
    while ((end = in_.find("\r\n\r\n")) == in_.npos) {
      if (!more(timeout_ms)) return response;
    }
    const std::string head = in_.substr(0, end + 2);
    in_.erase(0, end + 4);
    for (size_t at = head.find("\r\n") + 2; at < head.size();) {
      const size_t line_end = head.find("\r\n", at), colon = head.find(": ", at);
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(::tolower(c));
      std::string& value = response.headers[name];
      if (!value.empty()) value += ", ";
      value += head.substr(colon + 2, line_end - colon - 2);
      at = line_end + 2;
    }
    const size_t size =
        response.headers.contains("content-length") ? std::stoul(response.headers["content-length"]) : 0;
    while (!head_only && in_.size() < size) {
      if (!more(timeout_ms)) return response;
    }
    if (!head_only) {
      response.body = in_.substr(0, size);
      in_.erase(0, size);
    }
    response.status = std::stoi(head.substr(9, 3));
    return response;
  }

  RawResponse ask(std::string_view bytes) {
    send(bytes);
    return read();
  }

  /// True when the server ends the connection within the time.
  bool is_closed_by_peer(int timeout_ms = 3000) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    while (!ended_ && std::chrono::steady_clock::now() < until) more(timeout_ms);
    return ended_;
  }

  std::string& buffered() { return in_; }

 private:
  int fd_;
  std::string in_;
  bool ended_ = false;
};

}  // namespace gamekeeper::net::test
