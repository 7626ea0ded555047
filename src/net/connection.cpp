#include "net/connection.h"

#include <algorithm>

#include "base/clock.h"
#include "base/crash_point.h"
#include "base/ids.h"
#include "base/log.h"
#include "net/answer.h"
#include "net/conditions.h"
#include "net/encoding.h"
#include "net/socket.h"
#include "net/text.h"

namespace gamekeeper::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr size_t kJoinedBodyMax =
    4096;    // a body up to this is copied behind its head instead of sent as a second piece
constexpr size_t kSkippedBodyMax = 64 * 1024;
constexpr std::array<char, BufferPool::kPadding> kNoBody{};
constexpr const char* kBroken = "internal";  // the code of an exception
constexpr auto kRateGrace = std::chrono::seconds(5);

bool is_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, [](char c) { return c >= 0x20 && c < 0x7F; });
}

Error internal_error(std::exception_ptr failure, std::string_view route, std::string_view trace_id) {
  std::string reason = "unknown exception";
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const std::exception& e) {
    reason = e.what();
  } catch (...) {
  }
  log::error("http", "handler_failed", {log::text("route", route), log::text("reason", reason)},
             {.trace_id = trace_id});
  return {ErrorKind::kInternal, kBroken, reason};
}

/// What is no call of the API may be a file or a page, with whatever Accept; who serves those knows which there are.
bool asks_for_page(const Request& request) {
  if (request.method != Method::kGet && request.method != Method::kHead) return false;
  return !request.path.starts_with("/api/") && decode_percent(request.path, false).find("..") == std::string::npos;
}

bool wants_socket(const Head& head, const Request& request) {
  if (head.method != Method::kGet || !head.upgrade || head.minor_version == 0) return false;
  bool websocket = false;
  each_element(request.header("Upgrade"),
               [&](std::string_view protocol) { websocket |= same_text(protocol, "websocket"); });
  return websocket;
}

}  // namespace

Connection::Connection(Worker& worker, Wire wire, std::string remote_address)
    : worker_(worker),
      options_(worker.shared.options),
      wire_(std::move(wire)),
      remote_address_(std::move(remote_address)) {
  worker_.connections.add(*this);
  ++worker_.shared.connections;
}

Connection::~Connection() {
  if (body_reserved_ > 0) worker_.shared.body_bytes.fetch_sub(body_reserved_);
  if (!was_upgraded_) --worker_.shared.connections;
}

Task<std::optional<Upgraded>> Connection::run() {
  bool fresh = true;
  while (keep_) {
    enter(Phase::kIdle, fresh ? nanoseconds(options_.header_deadline) : nanoseconds(options_.idle_deadline));
    fresh = false;
    const Read read = co_await next_head();
    if (read == Read::kEnd || read == Read::kWait) break;
    if (read == Read::kReady) {
      co_await serve();
      if (upgraded_) co_return std::move(upgraded_);
    } else {
      keep_ = false;
      begin_request();
      co_await answer_refusal();
    }
    drop_request();
  }
  co_await linger();
  co_return std::nullopt;
}

/// kWait: the deadline or the drain came before a request began.
Task<Connection::Read> Connection::next_head() {
  // A request seldom follows its forerunner's answer at once: wait first, and read when there is something. Inside
  // TLS something may be decoded already, so there the read comes first.
  if (begin_ == end_ && !wire_.is_secure()) {
    worker_.buffers.give_back(std::move(buffer_));
    wanted_ = Wire::State::kWantsRead;
  } else if (const Read read = try_head(); read != Read::kWait) {
    co_return read;
  }
  for (;;) {
    const bool begun = begin_ != end_;
    if (!begun && worker_.draining) co_return Read::kWait;
    if (begun && phase_ != Phase::kHead) enter(Phase::kHead, options_.header_deadline);
    const bool woken = !timed_out_ && co_await wire_.wait(wanted_);
    if (!woken) {
      if (!timed_out_ || !begun) co_return Read::kWait;
      head_ = Head{};
      refusal_ = {408, "request_timeout", "The request's head came too slowly."};
      co_return Read::kRefused;
    }
    if (const Read read = try_head(); read != Read::kWait) co_return read;
  }
}

void Connection::begin_request() {
  started_ = std::chrono::steady_clock::now();
  request_.received_at = std::chrono::system_clock::now();
  body_read_ = false;
  route_index_ = worker_.stats.unmatched_index();
  request_.method = head_.method;
  request_.method_text = head_.method_text;
  request_.path = head_.path;
  request_.query = head_.query;
  request_.headers = head_.headers;
  request_.remote_address = remote_address_;
  if (!options_.trusted_proxies.empty()) {
    request_.remote_address = client_address(remote_address_, head_.headers, options_.trusted_proxies);
  }
  request_.body = {kNoBody.data(), 0};
  request_.body_capacity = kNoBody.size();
  request_.params.clear();
  if (is_request_id(head_.request_id)) {
    request_.request_id = head_.request_id;
  } else {
    const auto now = std::chrono::duration_cast<milliseconds>(request_.received_at.time_since_epoch()).count();
    format_uuid(make_uuid_v7(now), made_id_);
    request_.request_id = {made_id_.data(), made_id_.size()};
  }
  const auto parent = head_.traceparent.empty() ? std::nullopt : parse_traceparent(head_.traceparent);
  has_parent_ = parent.has_value();
  if (parent) parent_ = *parent;
  trace_ = parent ? make_child(*parent) : make_trace();
  if (!parent) trace_.sampled = in_sample(trace_, options_.trace_sample);
  traceparent_ = format_traceparent(trace_);
  request_.traceparent = {traceparent_.data(), traceparent_.size()};
}

bool Connection::body_is_acceptable() {
  if (head_.content_length > options_.body_bytes_max) {
    refusal_ = {413, "body_too_large", "The body is too large.", std::to_string(options_.body_bytes_max) + " bytes"};
    return false;
  }
  const std::string_view encoding = head_.content_encoding;
  if (!head_.has_body() || encoding.empty() || same_text(encoding, "identity") || is_known_encoding(encoding))
    return true;
  refusal_ = {415, "unsupported_encoding", "The body's Content-Encoding is not known.", "gzip, zstd, br",
              "Content-Encoding"};
  return false;
}

Task<void> Connection::serve() {
  begin_request();
  enter(Phase::kHandler);
  if (!body_is_acceptable()) co_return co_await answer_refusal();
  if (head_.path == "*") {
    co_return co_await answer(
        answer_options(options_, head_, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", request_.request_id));
  }
  auto match = worker_.shared.router.find(head_.method, head_.path);
  if (!match.route) co_return co_await serve_unmatched(match.allow);
  const Route& route = *match.route;
  route_index_ = route.index;
  request_.params = std::move(match.params);
  const bool upgrade = route.socket_handler && wants_socket(head_, request_);
  if (upgrade || route.handler) {
    co_return co_await serve_route(route, upgrade ? route.socket_policy : route.policy, upgrade);
  }
  Response response =
      problem(426, {ErrorKind::kInvalid, "upgrade_required", "This path is a WebSocket."}, request_.request_id);
  response.headers.emplace_back("Upgrade", "websocket");
  co_await answer(std::move(response));
}

Task<void> Connection::serve_unmatched(std::string_view allow) {
  if (!allow.empty() && head_.method == Method::kOptions) {
    co_return co_await answer(answer_options(options_, head_, allow, request_.request_id));
  }
  if (!allow.empty()) {
    Response response = problem(
        405, {ErrorKind::kInvalid, "method_not_allowed", "This path does not know the method.", "", std::string(allow)},
        request_.request_id);
    response.headers.emplace_back("Allow", allow);
    co_return co_await answer(std::move(response));
  }
  const Handler& fallback = worker_.shared.router.fallback();
  if (!fallback || head_.has_body() || !asks_for_page(request_)) {
    co_return co_await answer_error({ErrorKind::kNotFound, "not_found", "There is nothing at this path."});
  }
  static constexpr RoutePolicy kAnyone{.anonymous = true, .needs_app = false};
  auto result = co_await call(fallback, kAnyone, Principal{});
  if (result && result->status != 404) route_index_ = worker_.stats.fallback_index();
  if (!result) co_return co_await answer_error(std::move(result.error()));
  co_await answer(std::move(*result));
}

Task<void> Connection::serve_route(const Route& route, const RoutePolicy& policy, bool upgrade) {
  auto who = co_await admit(policy);
  if (!who) co_return co_await answer_error(std::move(who.error()));
  if (upgrade) co_return co_await this->upgrade(route);
  if (head_.has_body() && !co_await receive_body()) co_return;
  enter(Phase::kHandler);
  auto result = co_await call(route.handler, policy, *who);
  if (!result) co_return co_await answer_error(std::move(result.error()));
  co_await answer(std::move(*result));
}

Task<Result<Principal>> Connection::admit(const RoutePolicy& policy) {
  std::exception_ptr failure;
  try {
    co_return co_await worker_.shared.guard.admit(request_, policy);
  } catch (...) {
    failure = std::current_exception();
  }
  co_return std::unexpected(internal_error(failure, worker_.stats.route_name(route_index_), trace_.trace_id()));
}

/// Reads the body; false when that ended in a refusal (answered here) or in the connection's end.
Task<bool> Connection::receive_body() {
  const bool body_began = end_ > begin_ + head_size_;
  if (head_.expects_continue && !body_began) {
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!co_await write({})) {
      keep_ = false;
      co_return false;
    }
  }
  decode_error_.code.clear();
  if (co_await read_body()) co_return true;
  if (!decode_error_.code.empty()) {
    co_await answer_error(std::move(decode_error_));
    co_return false;
  }
  keep_ = false;
  if (refusal_.status != 0) co_await answer_refusal();
  co_return false;
}

/// Calls the handler, with the guard's begin() and finish() round it where the policy asks for them.
Task<Result<Response>> Connection::call(const Handler& handler, const RoutePolicy& policy, const Principal& who) {
  std::exception_ptr failure;
  try {
    if (!policy.idempotent && !policy.audited) co_return co_await handler(request_, who);
  } catch (...) {
    failure = std::current_exception();
  }
  const std::string_view route = worker_.stats.route_name(route_index_);
  if (failure) co_return std::unexpected(internal_error(failure, route, trace_.trace_id()));

  Guard& guard = worker_.shared.guard;
  try {
    auto replay = co_await guard.begin(request_, who, policy);
    if (!replay) co_return std::unexpected(std::move(replay.error()));
    if (replay->replayed) co_return std::move(replay->response);
    Response response;
    try {
      auto result = co_await handler(request_, who);
      response = result ? std::move(*result) : response_to(result.error());
    } catch (...) {
      response = response_to(internal_error(std::current_exception(), route, trace_.trace_id()));
    }
    co_await guard.finish(request_, who, policy, std::move(replay->ticket), response);
    co_return response;
  } catch (...) {
    failure = std::current_exception();
  }
  co_return std::unexpected(internal_error(failure, route, trace_.trace_id()));
}

Task<void> Connection::upgrade(const Route& route) {
  auto agreed = agree_on_socket(options_, head_, request_);
  if (!agreed) co_return co_await answer(std::move(agreed.error()));
  if (worker_.draining)
    co_return co_await answer_error({ErrorKind::kOverloaded, "stopping", "The server is stopping."});
  out_ = agreed->head;
  if (!co_await write({})) {
    keep_ = false;
    co_return;
  }
  finish_request(101);
  was_upgraded_ = true;
  unlink();
  const size_t after = begin_ + head_size_;
  upgraded_.emplace(Upgraded{.wire = std::move(wire_),
                             .subprotocol = std::move(agreed->subprotocol),
                             .early = std::string(buffer_.get() + after, end_ - after),
                             .route = &route,
                             .request = {std::string(request_.path), std::string(request_.query)}});
  worker_.buffers.give_back(std::move(buffer_));
}

Task<void> Connection::answer_refusal() {
  const bool was_unread = !body_read_;
  if (was_unread && refusal_.status != 415) keep_ = false;
  co_await answer(problem(refusal_.status,
                          {ErrorKind::kInvalid, refusal_.code, refusal_.detail, refusal_.field, refusal_.limit},
                          request_.request_id));
}

Response Connection::response_to(const Error& error) {
  const int status = status_of(error.kind);
  Error told = without_internals(error);
  const bool hides = told.message != error.message;
  if (hides && error.code != kBroken) {  // an exception has been logged already
    log::error("http", "request_failed",
               {log::text("code", error.code), log::text("reason", error.message),
                log::text("request_id", request_.request_id)},
               {.trace_id = trace_.trace_id()});
  }
  if (status != 500) return problem(status, told, request_.request_id);
  return options_.hide_internal_errors ? problem(error, request_.request_id) : problem(500, error, request_.request_id);
}

Task<void> Connection::answer_error(Error error) { return answer(response_to(error)); }

bool Connection::may_skip_body() const {
  return !head_.chunked && !head_.expects_continue && head_.content_length <= kSkippedBodyMax / 2;
}

Task<void> Connection::answer(Response response) {
  if (is_unchanged(request_, response)) {
    response.status = 304;
    response.body.clear();
  }
  keep_ = keep_ && head_.keep_alive && !worker_.draining && (!unread_body() || may_skip_body());
  const AnswerContext context{.options = options_,
                              .date_line = worker_.date_line,
                              .request_id = request_.request_id,
                              .traceparent = request_.traceparent,
                              .origin = head_.origin,
                              .host = head_.host,
                              .accept_encoding = head_.accept_encoding,
                              .keep_alive = keep_,
                              .http_1_0 = head_.minor_version == 0,
                              .head_only = head_.method == Method::kHead,
                              .secure = wire_.is_secure()};
  out_.clear();
  append_answer_head(out_, response, context);
  std::string_view body = response.body;
  if (context.head_only || !has_body(response.status)) body = {};
  if (body.size() <= kJoinedBodyMax) {
    out_ += body;
    body = {};
  }
  const bool written = co_await write(body);
  crash_point("answer.after");
  finish_request(response.status);
  if (!written) {
    keep_ = false;
    ended_ = true;
  }
  if (!keep_ || !unread_body()) co_return;
  enter(Phase::kBody);
  if (!co_await read_plain_body()) keep_ = false;
}

/// Sends out_, then `body`.
Task<bool> Connection::write(std::string_view body) {
  const size_t total = out_.size() + body.size();
  size_t done = 0;
  while (done < total) {
    std::array<iovec, 2> pieces{};
    const size_t in_head = std::min(done, out_.size()), in_body = done - in_head;
    pieces[0] = {out_.data() + in_head, out_.size() - in_head};
    pieces[1] = {const_cast<char*>(body.data()) + in_body, body.size() - in_body};
    const auto attempt = wire_.try_write({pieces.data(), body.empty() ? 1u : 2u});
    if (attempt.state == Wire::State::kDone) {
      done += attempt.bytes;
      phase_bytes_ = done;
      continue;
    }
    if (attempt.state == Wire::State::kEnd || attempt.state == Wire::State::kBroken) co_return false;
    if (phase_ != Phase::kWrite) enter(Phase::kWrite);
    if (timed_out_ || !co_await wire_.wait(attempt.state)) co_return false;
  }
  co_return true;
}

void Connection::finish_request(int status) {
  const auto duration = std::chrono::steady_clock::now() - started_;
  worker_.stats.record({.route_index = route_index_,
                        .status = status,
                        .duration = duration,
                        .method = request_.method_text,
                        .path = request_.path,
                        .request_id = request_.request_id,
                        .trace_id = trace_.trace_id()});
  if (!options_.tracer) return;
  const auto start = std::chrono::duration_cast<nanoseconds>(request_.received_at.time_since_epoch()).count();
  options_.tracer({.name = worker_.stats.route_name(route_index_),
                   .method = request_.method_text,
                   .path = request_.path,
                   .request_id = request_.request_id,
                   .trace_id = trace_.trace_id(),
                   .span_id = trace_.span_id(),
                   .parent_span_id = has_parent_ ? parent_.span_id() : std::string_view(),
                   .sampled = trace_.sampled,
                   .start_ns = start,
                   .end_ns = start + duration.count(),
                   .status = status});
}

void Connection::enter(Phase phase, nanoseconds deadline) {
  phase_ = phase;
  phase_began_ = worker_.now;
  phase_bytes_ = 0;
  timed_out_ = false;
  deadline_ = deadline == nanoseconds::max() ? SteadyTime::max() : worker_.now + deadline;
}

void Connection::on_tick(SteadyTime now) {
  bool late = now > deadline_;
  if (phase_ == Phase::kBody || phase_ == Phase::kWrite) {
    const auto excess = std::chrono::duration_cast<milliseconds>(now - phase_began_ - kRateGrace).count();
    late = excess > 0 && phase_bytes_ * 1000 < static_cast<uint64_t>(excess) * options_.body_rate_min;
  }
  if (!late) return;
  timed_out_ = true;
  wire_.cancel();
}

void Connection::on_drain() {
  if (phase_ == Phase::kIdle) wire_.cancel();
}

}  // namespace gamekeeper::net
