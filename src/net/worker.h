#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "net/request_stats.h"
#include "net/server.h"
#include "net/wire.h"

namespace gamekeeper::net {

using SteadyTime = std::chrono::steady_clock::time_point;

/// What all threads of a server share. Read only once serving, but for the atomics.
struct ServerState {
  const ServerOptions& options;
  const Router& router;
  Guard& guard;
  SslContext tls;
  std::atomic<size_t> connections{0};
  std::atomic<size_t> body_bytes{0};
};

/// A connection as its worker sees it. A worker's connections are walked a few times a second instead of keeping a
/// timer each: arming and cancelling one per request costs more than the request.
class Timed {
 public:
  Timed() = default;
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  virtual ~Timed() { unlink(); }
  virtual void on_tick(SteadyTime now) = 0;
  /// The server is stopping: end as soon as what is under way is done.
  virtual void on_drain() = 0;

  void link_before(Timed& other) {
    previous_ = other.previous_;
    next_ = &other;
    previous_->next_ = this;
    other.previous_ = this;
  }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }
  Timed* next() const { return next_; }

 private:
  Timed* previous_ = this;
  Timed* next_ = this;
};

/// The connections of one thread.
class TimedList {
 public:
  void add(Timed& one) { one.link_before(head_); }
  bool empty() const { return head_.next() == &head_; }
  template <class Visit>
  void each(Visit visit) {
    for (Timed* at = head_.next(); at != &head_;) {
      Timed* next = at->next();
      visit(*at);
      at = next;
    }
  }

 private:
  struct Head final : Timed {
    void on_tick(SteadyTime) override {}
    void on_drain() override {}
  };
  Head head_;
};

/// Read buffers, lent to connections only while they have bytes to look at: 20 000 idle ones hold none.
class BufferPool {
 public:
  static constexpr size_t kBytes = 64 * 1024, kPadding = 64, kKept = 64;
  using Buffer = std::unique_ptr<char[]>;

  Buffer take() {
    if (free_.empty()) return std::make_unique_for_overwrite<char[]>(kBytes + kPadding);
    Buffer buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  void give_back(Buffer buffer) {
    if (buffer && free_.size() < kKept) free_.push_back(std::move(buffer));
  }

 private:
  std::vector<Buffer> free_;
};

/// All that one thread owns.
struct Worker {
  explicit Worker(ServerState& state) : shared(state), stats(state.options, state.router), ticker(io.get_executor()) {}

  ServerState& shared;
  asio::io_context io{1};
  TimedList connections;
  BufferPool buffers;
  RequestStats stats;
  std::string date_line;  // "Date: …\r\n" of this second
  Timer ticker;
  SteadyTime now = std::chrono::steady_clock::now();  // as of the last tick: what deadlines are counted from
  bool draining = false;
};

}  // namespace gamekeeper::net
