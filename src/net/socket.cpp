#include "net/socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <mutex>

#include "base/log.h"
#include "net/frames.h"
#include "net/send_queue.h"
#include "net/web_socket.h"

namespace gamekeeper::net {
namespace {

using std::chrono::seconds;

constexpr size_t kIdleBytes = 256;  // of input that an idle socket may keep room for
constexpr size_t kMessageBytesMax = 64 * 1024, kQueueMax = 64, kPiecesMax = 64;
constexpr auto kPingEvery = seconds(15), kSilenceMax = seconds(45), kCloseTime = seconds(2);
/// The kernel holds no more than this that it has not begun to send, so that a stalled reader is soon seen.
constexpr int kUnsentMax = 64 * 1024;
/// Frames between two ticks: far more than any client means, far less than what a flood would cost.
constexpr uint64_t kFramesMax = 5'000, kControlsMax = 500;

/// One upgraded connection. The queue and the wish to close are shared by all threads under the mutex; everything
/// else belongs to the worker's thread, which others wake by posting on_wake().
class SocketSession final : public WebSocket, public Timed, public std::enable_shared_from_this<SocketSession> {
 public:
  SocketSession(Worker& worker, Upgraded& from)
      : worker_(worker),
        wire_(std::move(from.wire)),
        subprotocol_(std::move(from.subprotocol)),
        in_(std::move(from.early)) {
    worker_.connections.add(*this);
    ::setsockopt(wire_.socket().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentMax, sizeof kUnsentMax);
  }
  ~SocketSession() override { --worker_.shared.connections; }

  Task<Result<std::string>> read(SteadyTime deadline) override;
  bool send(std::shared_ptr<const std::string> message) override;
  void close(uint16_t code, std::string_view reason) override;
  std::optional<size_t> queued() const override;
  std::string_view subprotocol() const override { return subprotocol_; }

  /// The closing handshake's end, then TCP's. After this the session does nothing more.
  Task<void> end();
  void on_tick(SteadyTime now) override;
  void on_drain() override {
    close_deadline_ = std::min(close_deadline_, worker_.now + kCloseTime);  // of one that is closing already
    close(1001, "going away");
  }

 private:
  using Event = FrameDecoder::Event;

  void wake(std::unique_lock<std::mutex>& lock);
  void on_wake();
  void flush();
  void shrink();
  void push_control(Opcode opcode, std::string payload);
  bool receive();
  Event next_event();
  Result<std::string> broken();
  std::unexpected<Error> gone();
  void give_up_on_reader(std::unique_lock<std::mutex>& lock);
  bool is_closing() {
    std::lock_guard lock(mutex_);
    return closing_;
  }
  void die() {
    dead_ = true;
    wire_.abort();
  }

  Worker& worker_;
  Wire wire_;
  const std::string subprotocol_;

  mutable std::mutex mutex_;
  SendQueue queue_;   // guarded by mutex_; items leave only on the worker's thread
  bool closing_ = false, woken_ = false, overflowed_ = false;
  uint16_t close_code_ = 0;
  std::string close_reason_;

  FrameDecoder decoder_{kMessageBytesMax};
  std::string in_;           // received, not yet decoded from in_at_ on
  size_t in_at_ = 0;
  Wire::State wanted_ = Wire::State::kWantsRead;
  bool reading_ = false, read_late_ = false, writing_ = false;
  uint64_t frames_at_tick_ = 0, controls_ = 0;
  bool close_queued_ = false, peer_closed_ = false, dead_ = false;
  SteadyTime read_deadline_ = SteadyTime::max(), close_deadline_ = SteadyTime::max();
  SteadyTime heard_ = worker_.now, pinged_ = worker_.now, progressed_ = worker_.now;
};

bool SocketSession::send(std::shared_ptr<const std::string> message) {
  std::unique_lock lock(mutex_);
  if (closing_) return false;
  if (queue_.size() >= kQueueMax) {
    give_up_on_reader(lock);
    return false;
  }
  queue_.push(Opcode::kText, std::move(message));
  wake(lock);
  return true;
}

void SocketSession::give_up_on_reader(std::unique_lock<std::mutex>& lock) {
  closing_ = overflowed_ = true;
  close_code_ = 1013;
  close_reason_ = "too slow";
  wake(lock);
}

std::optional<size_t> SocketSession::queued() const {
  std::lock_guard lock(mutex_);
  return closing_ ? std::nullopt : std::optional(queue_.size());
}

std::unexpected<Error> SocketSession::gone() {
  std::lock_guard lock(mutex_);
  if (overflowed_) return fail(ErrorKind::kUnavailable, "too_slow", "The peer reads too slowly.");
  return fail(ErrorKind::kUnavailable, "closed", "The connection is closed.");
}

void SocketSession::close(uint16_t code, std::string_view reason) {
  std::unique_lock lock(mutex_);
  if (closing_) return;
  closing_ = true;
  close_code_ = code;
  close_reason_ = std::string(reason);
  wake(lock);
}

void SocketSession::wake(std::unique_lock<std::mutex>& lock) {
  if (woken_) return;
  woken_ = true;
  lock.unlock();
  asio::post(worker_.io, [self = shared_from_this()] { self->on_wake(); });
}

void SocketSession::on_wake() {
  bool stop_reading = false;
  {
    std::lock_guard lock(mutex_);
    woken_ = false;
    if (closing_ && !close_queued_) {
      if (overflowed_) queue_.drop_unsent();
      queue_.push(Opcode::kClose, std::make_shared<const std::string>(close_payload(close_code_, close_reason_)));
      close_queued_ = stop_reading = true;
      close_deadline_ = std::chrono::steady_clock::now() + (overflowed_ && !worker_.draining
                                                                ? worker_.shared.options.slow_reader_linger
                                                                : std::chrono::milliseconds(kCloseTime));
    }
  }
  flush();
  if (stop_reading) wire_.cancel();
}

void SocketSession::push_control(Opcode opcode, std::string payload) {
  {
    std::lock_guard lock(mutex_);
    if (close_queued_ || queue_.size() > 2 * kQueueMax) return;  // a flood of pings is not answered in full
    queue_.push(opcode, std::make_shared<const std::string>(std::move(payload)));
  }
  flush();
}

void SocketSession::flush() {
  while (!dead_ && !writing_) {
    std::array<iovec, kPiecesMax> out;
    const size_t n = [&] {
      std::lock_guard lock(mutex_);
      return queue_.pieces(out);
    }();
    if (n == 0) {
      progressed_ = worker_.now;
      return;
    }
    const auto attempt = wire_.try_write({out.data(), n});
    if (attempt.state == Wire::State::kDone) {
      std::lock_guard lock(mutex_);
      queue_.sent(attempt.bytes);
      progressed_ = worker_.now;
      continue;
    }
    if (attempt.state == Wire::State::kEnd || attempt.state == Wire::State::kBroken) return die();
    writing_ = true;
    wire_.when(attempt.state, [self = shared_from_this()](bool) {
      self->writing_ = false;
      self->flush();
    });
  }
}

/// Moves what can be read into in_. False when there was nothing, or no more will come.
bool SocketSession::receive() {
  if (in_at_ == in_.size()) {
    in_.clear();
    in_at_ = 0;
  }
  auto buffer = worker_.buffers.take();
  const auto attempt = wire_.try_read(buffer.get(), BufferPool::kBytes);
  if (attempt.state == Wire::State::kDone) in_.append(buffer.get(), attempt.bytes);
  worker_.buffers.give_back(std::move(buffer));
  if (attempt.state == Wire::State::kEnd || attempt.state == Wire::State::kBroken) dead_ = true;
  wanted_ = attempt.state;
  if (attempt.state != Wire::State::kDone) return false;
  heard_ = worker_.now;
  return true;
}

/// The next event that concerns the reader; pings are answered on the way. kMore: wait for more bytes.
FrameDecoder::Event SocketSession::next_event() {
  for (;;) {
    std::string_view rest = std::string_view(in_).substr(in_at_);
    const Event event = decoder_.next(rest);
    in_at_ = in_.size() - rest.size();
    if (decoder_.frames() - frames_at_tick_ > kFramesMax || controls_ > kControlsMax) {
      close(1008, "too many frames");
      peer_closed_ = true;
      return Event::kMore;
    }
    if (event == Event::kPing || event == Event::kPong) ++controls_;
    if (event == Event::kPing) push_control(Opcode::kPong, std::string(decoder_.control()));
    if (event == Event::kPing || event == Event::kPong) continue;
    if (event == Event::kClose) {
      peer_closed_ = true;
      const auto payload = decoder_.control();
      const auto code =
          payload.size() < 2 ? 1000 : static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
      close(static_cast<uint16_t>(code), "");
    }
    if (event != Event::kMore) return event;
    if (dead_ || !receive()) return Event::kMore;
  }
}

Result<std::string> SocketSession::broken() {
  const uint16_t code = decoder_.error_code();
  peer_closed_ = true;  // nothing that follows can be understood
  switch (code) {
    case 1009:
      close(code, "message too large");
      return fail(ErrorKind::kTooLarge, "message_too_large", "The message is too large.", "", "64 KiB");
    case 1003:
      close(code, "text only");
      return fail(ErrorKind::kInvalid, "text_only", "Only text messages are taken.");
    case 1007:
      close(code, "not UTF-8");
      return fail(ErrorKind::kInvalid, "bad_utf8", "The message is not UTF-8.");
    default:
      close(code, "protocol error");
      return fail(ErrorKind::kInvalid, "bad_frame", "The frame breaks the protocol.");
  }
}

Task<Result<std::string>> SocketSession::read(SteadyTime deadline) {
  if (queued().value_or(0) > kQueueMax / 2) flush();  // who answers many messages of one read is not slow
  if (peer_closed_ || dead_ || is_closing()) co_return gone();
  heard_ = worker_.now;
  read_deadline_ = deadline;
  reading_ = true;
  read_late_ = false;
  for (;;) {
    const Event event = next_event();
    if (event == Event::kText) {
      reading_ = false;
      std::string message = std::move(decoder_.message());
      decoder_.done();
      co_return message;
    }
    if (event != Event::kMore || dead_ || is_closing()) {
      reading_ = false;
      if (event == Event::kBroken) co_return broken();
      co_return gone();
    }
    if (read_late_) {
      reading_ = false;
      co_return fail(ErrorKind::kTimeout, "read_timeout", "No message came in time.");
    }
    co_await wire_.wait(wanted_);
  }
}

Task<void> SocketSession::end() {
  close(1000, "");
  on_wake();
  reading_ = true;
  bool understood = !peer_closed_;
  while (!dead_) {
    const bool said = [this] {
      std::lock_guard lock(mutex_);
      return queue_.empty();
    }();
    if (said && peer_closed_) break;
    if (understood) {
      const Event event = next_event();
      if (event == Event::kText) decoder_.done();
      if (event == Event::kBroken) understood = !(peer_closed_ = true);
      if (event != Event::kMore) continue;
    }
    if (!dead_) co_await wire_.wait(said ? Wire::State::kWantsRead : Wire::State::kWantsWrite);
  }
  if (!dead_) wire_.finish();
  while (!dead_) {  // unread input would turn the close into a reset that overtakes the close frame
    in_at_ = in_.size();
    if (!receive() && !dead_) co_await wire_.wait(Wire::State::kWantsRead);
  }
  unlink();
  wire_.close();
}

/// What a burst has left behind is not kept while nothing happens.
void SocketSession::shrink() {
  if (in_at_ == in_.size() && in_.capacity() > kIdleBytes) {
    in_ = {};
    in_at_ = 0;
  }
  std::lock_guard lock(mutex_);
  queue_.shrink();
}

void SocketSession::on_tick(SteadyTime now) {
  if (dead_) return;
  if (now > close_deadline_ || (reading_ && now - heard_ > kSilenceMax)) return die();
  if (writing_ && now - progressed_ > worker_.shared.options.slow_reader_stall) {
    std::unique_lock lock(mutex_);
    if (!closing_) give_up_on_reader(lock);
  }
  frames_at_tick_ = decoder_.frames();
  controls_ = 0;
  shrink();
  if (reading_ && now > read_deadline_ && !read_late_) {
    read_late_ = true;
    wire_.cancel();
  }
  if (now - pinged_ >= kPingEvery) {
    pinged_ = now;
    push_control(Opcode::kPing, {});
  }
  flush();
}

}  // namespace

bool SocketRequest::has_query_param(std::string_view name) const {
  Request asked;
  asked.query = query;
  return asked.query_param(name, "\n") != "\n";
}

Task<void> serve_socket(Worker& worker, Upgraded upgraded) {
  auto session = std::make_shared<SocketSession>(worker, upgraded);
  try {
    co_await upgraded.route->socket_handler(*session, upgraded.request);
  } catch (const std::exception& e) {
    log::error("http", "socket_handler_failed",
               {log::text("route", upgraded.route->pattern), log::text("reason", e.what())});
    session->close(1011, "internal error");
  }
  co_await session->end();
}

}  // namespace gamekeeper::net
