#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/trace.h"
#include "net/body.h"
#include "net/head_parser.h"
#include "net/socket.h"
#include "net/worker.h"

namespace gamekeeper::net {

/// One client's connection: reads request after request, has each admitted, handled and answered, in order. Lives on
/// its worker's thread.
class Connection final : public Timed {
 public:
  Connection(Worker& worker, Wire wire, std::string remote_address);
  ~Connection() override;

  /// Serves until the peer leaves, something is refused for good, or the server drains; or until the peer speaks
  /// WebSocket: then what is needed to go on with that is handed over.
  Task<std::optional<Upgraded>> run();

  void on_tick(SteadyTime now) override;
  void on_drain() override;

 private:
  enum class Phase : uint8_t { kIdle, kHead, kBody, kHandler, kWrite, kLinger };
  enum class Read : uint8_t { kReady, kWait, kEnd, kRefused };

  // connection_read.cpp: from bytes to a request
  Read try_head();
  Read take_head();
  Task<bool> fill(size_t wanted_end);
  Task<bool> read_body();
  Task<bool> read_plain_body();
  Task<bool> read_chunked_body();
  bool decode_body();
  bool reserve_body(size_t bytes);
  void drop_request();
  Task<void> linger();

  // connection.cpp: from a request to its answer
  Task<Read> next_head();
  Task<void> serve();
  Task<void> serve_route(const Route& route, const RoutePolicy& policy, bool upgrade);
  Task<Result<Principal>> admit(const RoutePolicy& policy);
  Task<Result<Response>> call(const Handler& handler, const RoutePolicy& policy, const Principal& who);
  Task<bool> receive_body();
  Task<void> serve_unmatched(std::string_view allow);
  Task<void> upgrade(const Route& route);
  void begin_request();
  bool body_is_acceptable();
  Task<void> answer(Response response);
  Task<void> answer_refusal();
  Task<void> answer_error(Error error);
  Response response_to(const Error& error);
  Task<bool> write(std::string_view body);
  void finish_request(int status);
  void enter(Phase phase, std::chrono::nanoseconds deadline = std::chrono::nanoseconds::max());
  bool unread_body() const { return head_.has_body() && !body_read_; }
  bool may_skip_body() const;

  Worker& worker_;
  const ServerOptions& options_;
  Wire wire_;
  std::string remote_address_;

  // Bytes as they came: [begin_, end_) is not yet consumed; a request's head stays in place while it is served.
  BufferPool::Buffer buffer_;
  size_t begin_ = 0, end_ = 0, head_size_ = 0;
  HeadScanner scanner_;
  Head head_;
  Body body_, decoded_;
  size_t consumed_ = 0;       // where the next request begins, once the body has been read
  size_t body_reserved_ = 0;  // of ServerState::body_bytes
  bool body_read_ = false, skipped_line_ = false;
  Error decode_error_;

  Request request_;
  Refusal refusal_;
  size_t route_index_ = 0;
  std::array<char, 36> made_id_{};
  std::array<char, 55> traceparent_{};
  TraceContext trace_, parent_;
  bool has_parent_ = false;
  SteadyTime started_;

  std::string out_;
  Phase phase_ = Phase::kIdle;
  SteadyTime deadline_ = SteadyTime::max(), phase_began_;
  size_t phase_bytes_ = 0;  // received in kBody, sent in kWrite
  Wire::State wanted_ = Wire::State::kWantsRead;
  bool keep_ = true, timed_out_ = false, ended_ = false;
  bool was_upgraded_ = false;
  std::optional<Upgraded> upgraded_;
};

}  // namespace gamekeeper::net
