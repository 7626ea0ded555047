#include "insight/processor/state.h"

namespace gamekeeper::processor {

using wire::put;
using wire::put_signed;
using wire::put_text;

std::string PlayerState::encode() const {
  std::string out;
  put(out, number);
  put(out, has_long_coverage);
  put(out, first != kNever);
  if (first == kNever) return out;
  put_signed(out, first);
  put(out, first_tuple);
  put(out, cohort);
  put_text(out, first_session);
  if (session_first != kNever && session_first != first)
    put_signed(out, session_first - first);  // what decode() assumes
  return out;
}

std::optional<PlayerState> PlayerState::decode(std::string_view bytes) {
  wire::Reader in(bytes);
  PlayerState p;
  p.number = static_cast<uint32_t>(in.number());
  p.has_long_coverage = in.number() != 0;
  if (in.number() != 0) {
    p.first = in.signed_number();
    p.first_tuple = static_cast<uint32_t>(in.number());
    p.cohort = static_cast<uint32_t>(in.number());
    p.first_session = in.text();
    if (in.more()) {
      p.session_first = p.first + in.signed_number();
    } else if (!p.first_session.empty()) {
      p.session_first = p.first;  // as it was written when only the first event's session counted
    }
  }
  if (!in.done()) return std::nullopt;
  return p;
}

std::string SessionState::encode() const {
  std::string out;
  put_signed(out, offset_ms);
  put_signed(out, last_arrival);
  seen.encode(out);
  forgotten.encode(out);
  put(out, dimensions);
  put(out, opened);
  if (!opened) return out;
  put_signed(out, first);
  put(out, static_cast<uint64_t>(last - first));
  put(out, first_tuple);
  put(out, static_cast<uint64_t>(end != kNever) | static_cast<uint64_t>(gap_cell != kNever) << 1);
  if (end != kNever) put_signed(out, end - last);
  if (gap_cell != kNever) put_signed(out, gap_cell - first);
  return out;
}

std::optional<SessionState> SessionState::decode(std::string_view bytes) {
  wire::Reader in(bytes);
  SessionState s;
  s.known = true;
  s.offset_ms = in.signed_number();
  s.last_arrival = in.signed_number();
  s.seen = Intervals<uint64_t>::decode(in);
  s.forgotten = Intervals<uint64_t>::decode(in);
  s.dimensions = static_cast<uint32_t>(in.number());
  s.opened = in.number() != 0;
  if (s.opened) {
    s.first = in.signed_number();
    s.last = s.first + static_cast<int64_t>(in.number());
    s.first_tuple = static_cast<uint32_t>(in.number());
    const uint64_t flags = in.number();
    if (flags & 1) s.end = s.last + in.signed_number();
    if (flags & 2) s.gap_cell = s.first + in.signed_number();
  }
  if (!in.done()) return std::nullopt;
  return s;
}

}  // namespace gamekeeper::processor
