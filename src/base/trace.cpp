#include "base/trace.h"

#include <sodium.h>

#include <algorithm>

namespace gamekeeper {
namespace {

constexpr size_t kHeaderSize = 55;

/// xoshiro256** seeded from the system: ids must be unlike each other, not secret.
uint64_t random_bits() {
  thread_local std::array<uint64_t, 4> s = [] {
    std::array<uint64_t, 4> seed{};
    randombytes_buf(seed.data(), sizeof(seed));
    return seed;
  }();
  auto rotate = [](uint64_t x, int k) { return x << k | x >> (64 - k); };
  const uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate(s[3], 45);
  return result;
}

void random_hex(char* to, size_t words) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (size_t w = 0; w < words; ++w) {
    uint64_t bits = random_bits() | 1;  // never all zero
    for (int i = 0; i < 16; ++i, bits >>= 4) *to++ = kDigits[bits & 15];
  }
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == text.npos; }

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view h) {
  if (h.size() < kHeaderSize || h[2] != '-' || h[35] != '-' || h[52] != '-') return std::nullopt;
  const auto version = h.substr(0, 2), trace = h.substr(3, 32), span = h.substr(36, 16), flags = h.substr(53, 2);
  if (!is_hex(version) || !is_hex(trace) || !is_hex(span) || !is_hex(flags) || version == "ff") return std::nullopt;
  if (h.size() > kHeaderSize && (version == "00" || h[kHeaderSize] != '-')) return std::nullopt;
  if (is_zero(trace) || is_zero(span)) return std::nullopt;
  TraceContext context;
  std::ranges::copy(trace, context.trace.begin());
  std::ranges::copy(span, context.span.begin());
  const int low = flags[1] <= '9' ? flags[1] - '0' : flags[1] - 'a' + 10;
  context.sampled = low & 1;
  return context;
}

std::array<char, kHeaderSize> format_traceparent(const TraceContext& context) {
  std::array<char, kHeaderSize> out{};
  out[0] = out[1] = out[53] = '0';
  out[2] = out[35] = out[52] = '-';
  std::ranges::copy(context.trace, out.begin() + 3);
  std::ranges::copy(context.span, out.begin() + 36);
  out[54] = context.sampled ? '1' : '0';
  return out;
}

TraceContext make_trace() {
  TraceContext context;
  random_hex(context.trace.data(), 2);
  random_hex(context.span.data(), 1);
  return context;
}

TraceContext make_child(const TraceContext& parent) {
  TraceContext context = parent;
  random_hex(context.span.data(), 1);
  return context;
}

bool in_sample(const TraceContext& context, double share) {
  if (share >= 1) return true;
  // The specification of the Trace Context asks for randomness in the last seven bytes: these are 52 bits of them.
  uint64_t bits = 0;
  for (char c : context.trace_id().substr(19))
    bits = bits << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  return static_cast<double>(bits) < share * static_cast<double>(uint64_t{1} << 52);
}

}  // namespace gamekeeper
