#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "load/traffic.h"

namespace gamekeeper::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Connects, blocking. Ends the program with a sentence when nothing listens there.
int connect_to(const Target& target);

struct Answer {
  int status = 0;
  std::string_view body;  // valid until the next call
};

/// One keep-alive connection with one request in flight; the socket does not block. One thread.
class Connection {
 public:
  explicit Connection(const Target& target);
  ~Connection();
  Connection(const Connection&) = delete;

  int fd() const { return fd_; }
  bool busy() const { return busy_; }
  SteadyTime planned() const { return planned_; }

  /// Sends the next request; `planned` is when it should have been sent.
  void send(Traffic& traffic, SteadyTime planned);
  /// Writes what the socket did not take at first.
  void flush();
  /// Reads what is there; answers whether an answer is whole, which then stands in `answer`.
  bool receive(Answer& answer);
  bool wants_to_write() const { return sent_ < out_.size(); }

 private:
  bool parse(Answer& answer);
  bool parse_chunks(size_t from, Answer& answer);

  int fd_;
  std::string out_, in_, joined_;
  size_t sent_ = 0;
  bool busy_ = false;
  SteadyTime planned_;
};

}  // namespace gamekeeper::bench
