#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gamekeeper::net {

enum class Opcode : uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

/// The header of an unmasked, unfragmented frame (a server's).
struct FrameHead {
  std::array<char, 10> bytes{};
  uint8_t size = 0;
};
FrameHead make_frame_head(Opcode opcode, size_t payload_size);
/// A close frame's payload; the reason is cut to 123 bytes at a character's end.
std::string close_payload(uint16_t code, std::string_view reason);

/// Takes a client's frames apart (RFC 6455, no extensions): masked, fragments joined, text checked as UTF-8.
class FrameDecoder {
 public:
  explicit FrameDecoder(size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  enum class Event : uint8_t { kMore, kText, kPing, kPong, kClose, kBroken };
  /// Consumes `in` up to and including the next event's last byte; kMore when `in` is used up.
  Event next(std::string_view& in);

  std::string& message() { return message_; }              // after kText; take it, then call done()
  void done() { message_.clear(); }
  std::string_view control() const { return control_; }     // after kPing, kPong, kClose
  uint64_t frames() const { return frames_; }               // heads that came whole, of data too
  uint16_t error_code() const { return error_code_; }       // after kBroken: 1002, 1003, 1007 or 1009

 private:
  Event broken(uint16_t code);
  Event head_byte(char c);
  Event head_complete();
  Event finish();
  size_t head_needed() const;

  size_t message_bytes_max_;
  std::array<uint8_t, 14> head_{};
  size_t head_size_ = 0, mask_at_ = 0;
  bool in_payload_ = false, in_message_ = false, fin_ = false;
  Opcode opcode_ = Opcode::kText;
  uint64_t left_ = 0, frames_ = 0;
  std::array<uint8_t, 4> mask_{};
  std::string message_, control_;
  uint16_t error_code_ = 0;
};

/// Whether a peer may close with this payload: empty, or a code that may be sent and a reason in UTF-8.
bool is_close_payload(std::string_view payload);

}  // namespace gamekeeper::net
