#include "base/ids.h"

#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/base64.h"

namespace gamekeeper {
namespace {

constexpr std::array<int8_t, 256> kHex = [] {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 10; ++i) table[static_cast<size_t>('0' + i)] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    table[static_cast<size_t>('a' + i)] = static_cast<int8_t>(10 + i);
    table[static_cast<size_t>('A' + i)] = static_cast<int8_t>(10 + i);
  }
  return table;
}();

/// Random bytes, drawn from the system's generator 4 KiB at a time.
void random_bytes(uint8_t* to, size_t n) {
  thread_local std::array<uint8_t, 4096> pool;
  thread_local size_t used = pool.size();
  if (used + n > pool.size()) {
    randombytes_buf(pool.data(), pool.size());
    used = 0;
  }
  std::memcpy(to, pool.data() + used, n);
  used += n;
}

/// How far the clock is into a millisecond: 0 to 3000, so that a thousand more can be counted. 3000, when it is over already.
uint32_t steps_into(UnixMillis ms) {
  using namespace std::chrono;
  const int64_t now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  return static_cast<uint32_t>(std::clamp<int64_t>(now - ms * 1'000, 0, 1'000) * 3);
}

}  // namespace

Uuid make_uuid_v7(UnixMillis now_ms) {
  // The 12 bits after the time go on with it (RFC 9562, 6.2 method 3), and count where a thread makes more than one a step.
  thread_local UnixMillis last = 0;
  thread_local uint32_t counter = 0;
  Uuid id;
  random_bytes(id.bytes.data() + 6, 10);
  if (now_ms > last) {
    last = now_ms;
    counter = steps_into(last);
  } else {
    counter = std::max(counter + 1, steps_into(last));
    if (counter > 0xfff) {
      ++last;
      counter = 0;
    }
  }
  const auto ms = static_cast<uint64_t>(last);
  for (int i = 0; i < 6; ++i) id.bytes[static_cast<size_t>(i)] = static_cast<uint8_t>(ms >> (40 - 8 * i));
  id.bytes[6] = static_cast<uint8_t>(0x70 | counter >> 8);
  id.bytes[7] = static_cast<uint8_t>(counter);
  id.bytes[8] = static_cast<uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

Uuid make_uuid_from(std::string_view name) {
  Uuid id;
  crypto_generichash(id.bytes.data(), 16, reinterpret_cast<const unsigned char*>(name.data()), name.size(), nullptr, 0);
  id.bytes[6] = static_cast<uint8_t>(0x80 | (id.bytes[6] & 0x0f));
  id.bytes[8] = static_cast<uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

void format_uuid(const Uuid& id, std::span<char, 36> to) {
  static constexpr char kDigits[] = "0123456789abcdef";
  size_t at = 0;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) to[at++] = '-';
    to[at++] = kDigits[id.bytes[i] >> 4];
    to[at++] = kDigits[id.bytes[i] & 15];
  }
}

std::string to_string(const Uuid& id) {
  std::string out(36, '-');
  format_uuid(id, std::span<char, 36>(out.data(), 36));
  return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  Uuid id;
  size_t at = 0;
  int bad = 0;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    const int high = kHex[static_cast<uint8_t>(text[at])], low = kHex[static_cast<uint8_t>(text[at + 1])];
    bad |= high | low;
    id.bytes[i] = static_cast<uint8_t>(high << 4 | (low & 15));
    at += 2;
  }
  if (bad < 0) return std::nullopt;
  return id;
}

std::string random_token(size_t bytes) {
  std::string raw(bytes, '\0');
  randombytes_buf(raw.data(), raw.size());
  return to_base64url(raw);
}

}  // namespace gamekeeper
