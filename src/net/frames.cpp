#include "net/frames.h"

#include <algorithm>

#include "net/text.h"

namespace gamekeeper::net {
namespace {

constexpr size_t kControlBytesMax = 125;

bool is_control(Opcode opcode) { return static_cast<uint8_t>(opcode) >= 8; }

bool is_known(uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

}  // namespace

FrameHead make_frame_head(Opcode opcode, size_t n) {
  FrameHead head;
  head.bytes[0] = static_cast<char>(0x80 | static_cast<uint8_t>(opcode));
  size_t length_bytes = 0;
  if (n < 126) {
    head.bytes[1] = static_cast<char>(n);
  } else {
    length_bytes = n <= 0xFFFF ? 2 : 8;
    head.bytes[1] = n <= 0xFFFF ? 126 : 127;
  }
  for (size_t i = 0; i < length_bytes; ++i) {
    head.bytes[2 + i] = static_cast<char>(n >> 8 * (length_bytes - 1 - i));
  }
  head.size = static_cast<uint8_t>(2 + length_bytes);
  return head;
}

std::string close_payload(uint16_t code, std::string_view reason) {
  if (reason.size() > kControlBytesMax - 2) {
    size_t cut = kControlBytesMax - 2;
    while (cut > 0 && (static_cast<uint8_t>(reason[cut]) & 0xC0) == 0x80) --cut;
    reason = reason.substr(0, cut);
  }
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload += reason;
  return payload;
}

bool is_close_payload(std::string_view payload) {
  if (payload.empty()) return true;
  if (payload.size() < 2 || !is_utf8(payload.substr(2))) return false;
  const int code = static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

FrameDecoder::Event FrameDecoder::broken(uint16_t code) {
  error_code_ = code;
  return Event::kBroken;
}

FrameDecoder::Event FrameDecoder::next(std::string_view& in) {
  while (!in.empty()) {
    Event event = Event::kMore;
    if (!in_payload_) {
      event = head_byte(in.front());
      in.remove_prefix(1);
    } else {
      std::string& to = is_control(opcode_) ? control_ : message_;
      const size_t n = std::min<uint64_t>(left_, in.size()), start = to.size();
      to.append(in.substr(0, n));
      for (size_t i = 0; i < n; ++i, ++mask_at_) to[start + i] = static_cast<char>(to[start + i] ^ mask_[mask_at_ & 3]);
      in.remove_prefix(n);
      left_ -= n;
      if (left_ == 0) event = finish();
    }
    if (event != Event::kMore) return event;
  }
  return Event::kMore;
}

size_t FrameDecoder::head_needed() const {
  if (head_size_ < 2) return 2;
  const int length = head_[1] & 0x7F;
  return 2 + 4 + (length == 126 ? 2u : length == 127 ? 8u : 0u);
}

FrameDecoder::Event FrameDecoder::head_byte(char c) {
  head_[head_size_++] = static_cast<uint8_t>(c);
  if (head_size_ == 2) {
    if ((head_[0] & 0x70) != 0 || !is_known(head_[0] & 0x0F) || (head_[1] & 0x80) == 0) return broken(1002);
  }
  return head_size_ < head_needed() ? Event::kMore : head_complete();
}

FrameDecoder::Event FrameDecoder::head_complete() {
  ++frames_;
  fin_ = head_[0] & 0x80;
  opcode_ = static_cast<Opcode>(head_[0] & 0x0F);
  left_ = head_[1] & 0x7F;
  const size_t length_bytes = left_ == 126 ? 2 : left_ == 127 ? 8 : 0;
  if (length_bytes > 0) {
    left_ = 0;
    for (size_t i = 0; i < length_bytes; ++i) left_ = left_ << 8 | head_[2 + i];
  }
  // A length is written as short as it can be (RFC 6455, 5.2).
  if ((length_bytes == 2 && left_ < 126) || (length_bytes == 8 && left_ <= 0xFFFF)) return broken(1002);
  std::copy_n(head_.begin() + 2 + length_bytes, 4, mask_.begin());
  head_size_ = mask_at_ = 0;
  if (is_control(opcode_)) {
    if (!fin_ || left_ > kControlBytesMax || length_bytes > 0) return broken(1002);
    control_.clear();
  } else {
    if ((opcode_ == Opcode::kContinuation) != in_message_) return broken(1002);
    if (opcode_ == Opcode::kBinary) return broken(1003);
    if (left_ > message_bytes_max_ - message_.size()) return broken(1009);
    in_message_ = true;
  }
  in_payload_ = left_ > 0;
  return in_payload_ ? Event::kMore : finish();
}

FrameDecoder::Event FrameDecoder::finish() {
  in_payload_ = false;
  switch (opcode_) {
    case Opcode::kPing:
      return Event::kPing;
    case Opcode::kPong:
      return Event::kPong;
    case Opcode::kClose:
      if (is_close_payload(control_)) return Event::kClose;
      return broken(control_.size() >= 2 && !is_utf8(std::string_view(control_).substr(2)) ? 1007 : 1002);
    default:
      break;
  }
  if (!fin_) return Event::kMore;
  in_message_ = false;
  return is_utf8(message_) ? Event::kText : broken(1007);
}

}  // namespace gamekeeper::net
