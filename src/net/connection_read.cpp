#include <algorithm>

#include "net/connection.h"
#include "net/encoding.h"

namespace gamekeeper::net {
namespace {

constexpr size_t kBufferBytes = BufferPool::kBytes;
constexpr size_t kFirstPiece = 256 * 1024;   // what a body's declared length is believed at first
constexpr size_t kBodyKept = 256 * 1024;     // a connection's own buffers beyond this are freed after the request
constexpr size_t kLingerBytesMax = 64 << 20;  // most clients send a whole body before they look for an answer
constexpr auto kLingerTime = std::chrono::seconds(2);
constexpr auto kLingerTimeDraining = std::chrono::milliseconds(300);

}  // namespace

/// Looks for a head in what has come and, without waiting, in what can be read.
Connection::Read Connection::try_head() {
  for (;;) {
    if (end_ > begin_) {
      if (const Read read = take_head(); read != Read::kWait) return read;
    }
    if (!buffer_) buffer_ = worker_.buffers.take();
    if (end_ == kBufferBytes && begin_ > 0) {
      std::copy(buffer_.get() + begin_, buffer_.get() + end_, buffer_.get());
      end_ -= begin_;
      begin_ = 0;
    }
    const auto attempt = wire_.try_read(buffer_.get() + end_, kBufferBytes - end_);
    if (attempt.state == Wire::State::kWantsRead || attempt.state == Wire::State::kWantsWrite) {
      wanted_ = attempt.state;
      if (begin_ == end_) worker_.buffers.give_back(std::move(buffer_));
      return Read::kWait;
    }
    if (attempt.state != Wire::State::kDone) {
      ended_ = true;
      return Read::kEnd;
    }
    end_ += attempt.bytes;
  }
}

Connection::Read Connection::take_head() {
  const char* data = buffer_.get();
  if (scanner_.is_fresh() && end_ - begin_ >= 2 && data[begin_] == '\r' && data[begin_ + 1] == '\n' && !skipped_line_) {
    begin_ += 2;  // RFC 9112, 2.2: one empty line before a request is overlooked
    skipped_line_ = true;
    if (begin_ == end_) return Read::kWait;
  }
  const std::string_view bytes(data + begin_, end_ - begin_);
  if (scanner_.is_fresh() && bytes == "\r") return Read::kWait;
  const auto found = scanner_.scan(bytes, head_size_);
  if (found != HeadScanner::Found::kEnd) head_ = Head{};
  if (found == HeadScanner::Found::kBad) {
    refusal_ = {.detail = "A line does not end in CRLF, or is empty where none may be."};
    return Read::kRefused;
  }
  if (found == HeadScanner::Found::kMore ? bytes.size() > options_.header_bytes_max
                                         : head_size_ > options_.header_bytes_max) {
    head_ = Head{};
    const std::string limit = std::to_string(options_.header_bytes_max) + " bytes";
    const bool in_target = bytes.substr(0, options_.header_bytes_max).find('\n') == bytes.npos;
    refusal_ = in_target ? Refusal{414, "uri_too_long", "The request's target is too long.", limit}
                         : Refusal{431, "header_too_large", "The request's headers are too large.", limit};
    return Read::kRefused;
  }
  if (found == HeadScanner::Found::kMore) return Read::kWait;
  if (begin_ + head_size_ > kBufferBytes / 2) {  // leave room behind the head for its body
    std::copy(data + begin_, data + end_, buffer_.get());
    end_ -= begin_;
    begin_ = 0;
  }
  if (auto refused = parse_head({data + begin_, head_size_}, {.header_bytes_max = options_.header_bytes_max}, head_)) {
    refusal_ = *refused;
    return Read::kRefused;
  }
  return Read::kReady;
}

/// Reads into the lent buffer until it holds [0, wanted_end).
Task<bool> Connection::fill(size_t wanted_end) {
  while (end_ < wanted_end) {
    const auto attempt = wire_.try_read(buffer_.get() + end_, kBufferBytes - end_);
    if (attempt.state == Wire::State::kDone) {
      end_ += attempt.bytes;
      phase_bytes_ += attempt.bytes;
      continue;
    }
    if (attempt.state == Wire::State::kEnd || attempt.state == Wire::State::kBroken) {
      ended_ = true;
      co_return false;
    }
    if (timed_out_ || !co_await wire_.wait(attempt.state)) co_return false;
  }
  co_return true;
}

bool Connection::reserve_body(size_t bytes) {
  if (worker_.shared.body_bytes.fetch_add(bytes) + bytes > options_.body_bytes_in_flight_max) {
    worker_.shared.body_bytes.fetch_sub(bytes);
    refusal_ = {503, "overloaded", "Too many bodies are being received; try again."};
    return false;
  }
  body_reserved_ += bytes;
  return true;
}

/// True when request_.body is there. False after a refusal (in refusal_), a deadline or the peer's end.
Task<bool> Connection::read_body() {
  enter(Phase::kBody);
  refusal_ = {.status = 0};
  body_.clear();
  const bool read = head_.chunked ? co_await read_chunked_body() : co_await read_plain_body();
  if (!read) {
    if (timed_out_) refusal_ = {408, "request_timeout", "The body came too slowly."};
    co_return false;
  }
  body_read_ = true;
  co_return decode_body();
}

Task<bool> Connection::read_plain_body() {
  const size_t start = begin_ + head_size_, size = head_.content_length;
  if (start + size <= kBufferBytes) {
    if (!co_await fill(start + size)) co_return false;
    request_.body = {buffer_.get() + start, size};
    request_.body_capacity = kBufferBytes + BufferPool::kPadding - start;
    consumed_ = start + size;
    co_return true;
  }
  if (!reserve_body(size)) co_return false;
  body_.append({buffer_.get() + start, end_ - start});
  consumed_ = end_;
  while (body_.size() < size) {
    const size_t piece = std::min(size - body_.size(), std::max({kFirstPiece, body_.size(), body_.free()}));
    const auto attempt = wire_.try_read(body_.room(piece), piece);
    if (attempt.state == Wire::State::kDone) {
      body_.grew(attempt.bytes);
      phase_bytes_ += attempt.bytes;
      continue;
    }
    if (attempt.state == Wire::State::kEnd || attempt.state == Wire::State::kBroken) {
      ended_ = true;
      co_return false;
    }
    if (timed_out_ || !co_await wire_.wait(attempt.state)) co_return false;
  }
  request_.body = body_.view();
  request_.body_capacity = body_.capacity();
  co_return true;
}

Task<bool> Connection::read_chunked_body() {
  if (!reserve_body(std::min(options_.body_bytes_max, kFirstPiece))) co_return false;
  ChunkedDecoder decoder(options_.body_bytes_max);
  const size_t start = begin_ + head_size_;
  size_t at = start;
  for (;;) {
    size_t used = 0;
    const auto state = decoder.feed({buffer_.get() + at, end_ - at}, body_, used);
    at += used;
    if (state == ChunkedDecoder::State::kEnd) break;
    if (state == ChunkedDecoder::State::kBad) {
      refusal_ = {.detail = "The chunks of the body cannot be read."};
      co_return false;
    }
    if (state == ChunkedDecoder::State::kTooLarge) {
      refusal_ = {413, "body_too_large", "The body is too large."};
      co_return false;
    }
    if (body_.size() > body_reserved_ && !reserve_body(std::min(body_.size(), options_.body_bytes_max)))
      co_return false;
    at = end_ = start;  // all was used; the head before it stays
    if (!co_await fill(start + 1)) co_return false;
  }
  consumed_ = at;
  body_.room(0);
  request_.body = body_.view();
  request_.body_capacity = body_.capacity();
  co_return true;
}

bool Connection::decode_body() {
  if (head_.content_encoding.empty() || request_.body.empty() || head_.content_encoding == "identity") return true;
  auto decoded = decompress(head_.content_encoding, request_.body, options_.body_bytes_max, decoded_);
  if (!decoded) {
    decode_error_ = std::move(decoded.error());
    return false;
  }
  decoded_.room(0);
  request_.body = decoded_.view();
  request_.body_capacity = decoded_.capacity();
  return true;
}

/// After an answer: the buffer's rest becomes the next request's beginning.
void Connection::drop_request() {
  begin_ = consumed_ > 0 ? consumed_ : begin_ + head_size_;
  if (begin_ == end_) begin_ = end_ = 0;
  consumed_ = head_size_ = 0;
  scanner_.reset();
  skipped_line_ = false;
  body_.shrink(kBodyKept);
  decoded_.shrink(kBodyKept);
  if (body_reserved_ > 0) worker_.shared.body_bytes.fetch_sub(body_reserved_);
  body_reserved_ = 0;
}

/// Closes so that the peer can read the last answer: unread input would turn the close into a reset that overtakes it.
Task<void> Connection::linger() {
  const bool idle = phase_ == Phase::kIdle && begin_ == end_;
  if (ended_ || idle || !wire_.is_open()) co_return wire_.close();
  enter(Phase::kLinger, worker_.draining ? std::chrono::nanoseconds(kLingerTimeDraining) : kLingerTime);
  wire_.finish();
  if (!buffer_) buffer_ = worker_.buffers.take();
  for (size_t left = kLingerBytesMax; left > 0;) {
    const auto attempt = wire_.try_read(buffer_.get(), std::min(left, kBufferBytes));
    if (attempt.state == Wire::State::kDone) {
      left -= attempt.bytes;
      continue;
    }
    if (attempt.state == Wire::State::kEnd || attempt.state == Wire::State::kBroken) break;
    if (timed_out_ || !co_await wire_.wait(attempt.state)) break;
  }
  wire_.close();
}

}  // namespace gamekeeper::net
