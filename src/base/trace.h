#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gamekeeper {

/// A span's identity in the W3C Trace Context: lower-case hexadecimal, never all zero.
struct TraceContext {
  std::array<char, 32> trace{};
  std::array<char, 16> span{};
  bool sampled = true;

  std::string_view trace_id() const { return {trace.data(), trace.size()}; }
  std::string_view span_id() const { return {span.data(), span.size()}; }
};

/// The header `traceparent` (version 00, or a later one whose first four fields have that shape); nullopt otherwise.
std::optional<TraceContext> parse_traceparent(std::string_view header);
/// "00-<trace>-<span>-<flags>", 55 bytes.
std::array<char, 55> format_traceparent(const TraceContext& context);

/// A new trace with a first span; or a new span in `parent`'s trace. Ids are unpredictable only to non-attackers.
TraceContext make_trace();
TraceContext make_child(const TraceContext& parent);

/// Whether a trace that begins here is one of the share (0 to 1) that is kept: decided by its id alone, so that every
/// program that sees the trace decides alike.
bool in_sample(const TraceContext& context, double share);

}  // namespace gamekeeper
