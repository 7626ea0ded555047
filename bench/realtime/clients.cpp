#include "bench/realtime/clients.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace gamekeeper::bench {
namespace {

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

std::string masked(std::string_view payload) {
  std::string out = "\x81";
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += static_cast<char>(0xFE);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size());
  }
  out += std::string("\0\0\0\0", 4);
  return out.append(payload);
}

/// Counts the frames of one socket as they pass: only heads are looked at.
struct Frames {
  uint64_t skip = 0;    // bytes of the payload that are still to come
  size_t have = 0;      // bytes of the head
  uint64_t pushes = 0;  // text frames
  unsigned char head[4];

  void take(const unsigned char* data, size_t n) {
    while (n > 0) {
      if (skip > 0) {
        const uint64_t step = skip < n ? skip : n;
        skip -= step, data += step, n -= step;
        continue;
      }
      head[have++] = *data++, --n;
      const size_t wanted = have >= 2 && (head[1] & 127) == 126 ? 4 : 2;
      if (have < wanted) continue;
      skip = wanted == 4 ? static_cast<uint64_t>(head[2]) << 8 | head[3] : head[1] & 127;
      pushes += (head[0] & 15) == 1;
      have = 0;
    }
  }
};

struct Client {
  int fd = -1;
  Frames frames;
};

void send_all(int fd, std::string_view bytes) {
  if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) die("send");
}

/// Upgraded, signed in and subscribed.
Client open_client(const ClientPlan& plan, size_t number) {
  Client client{.fd = ::socket(AF_INET, SOCK_STREAM, 0)};
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(plan.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (client.fd < 0 || ::connect(client.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) die("connect");
  send_all(client.fd,
           "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
           "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  std::string in;
  char bytes[4096];
  const auto more = [&] {
    const ssize_t n = ::recv(client.fd, bytes, sizeof bytes, 0);
    if (n <= 0) die("recv");
    in.append(bytes, static_cast<size_t>(n));
  };
  while (in.find("\r\n\r\n") == std::string::npos) more();
  in.erase(0, in.find("\r\n\r\n") + 4);
  send_all(client.fd, masked(R"({"type":"authenticate","data":{"token":"player )" + std::to_string(number) + "\"}}") +
                          masked(R"({"type":"subscribe","topic":")" + plan.topic + "\"}"));
  while (client.frames.pushes < 2) {
    more();
    client.frames.take(reinterpret_cast<const unsigned char*>(in.data()), in.size());
    in.clear();
  }
  client.frames.pushes -= 2;  // the two answers
  return client;
}

}  // namespace

void run_clients(const ClientPlan& plan, int from, int to) {
  const int poll = ::epoll_create1(0);
  std::vector<Client> clients(plan.sockets);
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i] = open_client(plan, i);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd, &event);
  }
  epoll_event event{.events = EPOLLIN | EPOLLHUP, .data = {.u64 = UINT64_MAX}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, from, &event);
  if (::write(to, "r", 1) != 1) die("write");
  size_t behind = clients.size();  // clients that have not had `step` pushes
  uint64_t step = kStep;
  std::vector<epoll_event> events(1024);
  static unsigned char bytes[256 * 1024];
  for (;;) {
    const int n = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const uint64_t who = events[static_cast<size_t>(i)].data.u64;
      if (who == UINT64_MAX) return;
      Client& client = clients[who];
      const ssize_t got = ::recv(client.fd, bytes, sizeof bytes, MSG_DONTWAIT);
      if (got <= 0) {
        [[maybe_unused]] const auto told = ::write(to, "x", 1);
        return;
      }
      const uint64_t before = client.frames.pushes;
      client.frames.take(bytes, static_cast<size_t>(got));
      if (before < step && client.frames.pushes >= step) --behind;
    }
    while (behind == 0) {
      if (::write(to, "p", 1) != 1) die("write");
      step += kStep;
      for (const Client& client : clients) behind += client.frames.pushes < step;
    }
  }
}

}  // namespace gamekeeper::bench
