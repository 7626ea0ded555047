#include "net/body.h"

#include <algorithm>

#include "net/head_parser.h"

namespace gamekeeper::net {
namespace {

constexpr uint32_t kExtensionBytesMax = 256, kTrailerBytesMax = 4096;

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

}  // namespace

ChunkedDecoder::State ChunkedDecoder::feed(std::string_view in, Body& out, size_t& used) {
  used = 0;
  while (used < in.size()) {
    if (step_ == Step::kData) {
      const size_t n = std::min<uint64_t>(left_, in.size() - used);
      out.append(in.substr(used, n));
      used += n;
      left_ -= n;
      if (left_ == 0) step_ = Step::kDataCr;
      continue;
    }
    const State state = byte(in[used++]);
    if (state != State::kMore) return state;
  }
  return State::kMore;
}

ChunkedDecoder::State ChunkedDecoder::byte(char c) {
  switch (step_) {
    case Step::kSize:
      return size_byte(c);
    case Step::kExtension:
      if (c == '\r') {
        step_ = Step::kSizeEnd;
        return State::kMore;
      }
      return is_control(c) || ++extension_ > kExtensionBytesMax ? State::kBad : State::kMore;
    case Step::kSizeEnd:
      if (c != '\n') return State::kBad;
      digits_ = 0;
      step_ = left_ > 0 ? Step::kData : Step::kTrailer;
      return State::kMore;
    case Step::kDataCr:
      step_ = Step::kDataLf;
      return c == '\r' ? State::kMore : State::kBad;
    case Step::kDataLf:
      step_ = Step::kSize;
      return c == '\n' ? State::kMore : State::kBad;
    case Step::kTrailer:
    case Step::kTrailerEnd:
      return trailer_byte(c);
    case Step::kLastLf:
      step_ = Step::kDone;
      return c == '\n' ? State::kEnd : State::kBad;
    case Step::kData:
    case Step::kDone:
      break;
  }
  return State::kBad;
}

ChunkedDecoder::State ChunkedDecoder::size_byte(char c) {
  if (const int digit = hex(c); digit >= 0) {
    if (++digits_ > 15) return State::kBad;
    left_ = left_ * 16 + static_cast<uint64_t>(digit);
    return State::kMore;
  }
  if (digits_ == 0 || (c != '\r' && c != ';')) return State::kBad;
  total_ += left_;
  if (total_ > bytes_max_) return State::kTooLarge;
  extension_ = 0;
  step_ = c == '\r' ? Step::kSizeEnd : Step::kExtension;
  return State::kMore;
}

ChunkedDecoder::State ChunkedDecoder::trailer_byte(char c) {
  if (++trailer_ > kTrailerBytesMax) return State::kBad;
  if (step_ == Step::kTrailerEnd) {
    step_ = Step::kTrailer;
    trailer_line_ = 0;
    return c == '\n' ? State::kMore : State::kBad;
  }
  if (c == '\r') {
    if (trailer_line_ > 0 && !colon_) return State::kBad;
    step_ = trailer_line_ == 0 ? Step::kLastLf : Step::kTrailerEnd;
    colon_ = false;
    return State::kMore;
  }
  if (c == ':' && trailer_line_ > 0) {
    colon_ = true;
  } else if (!colon_ && !is_token({&c, 1})) {
    return State::kBad;
  } else if (is_control(c)) {
    return State::kBad;
  }
  ++trailer_line_;
  return State::kMore;
}

}  // namespace gamekeeper::net
