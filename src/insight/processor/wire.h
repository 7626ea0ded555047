#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// Numbers and texts as bytes of a value: variable length, small numbers short.
namespace gamekeeper::wire {

inline void put(std::string& out, uint64_t n) {
  while (n >= 0x80) {
    out += static_cast<char>(n | 0x80);
    n >>= 7;
  }
  out += static_cast<char>(n);
}

constexpr uint64_t zigzag(int64_t n) { return (static_cast<uint64_t>(n) << 1) ^ static_cast<uint64_t>(n >> 63); }
constexpr int64_t unzigzag(uint64_t n) { return static_cast<int64_t>(n >> 1) ^ -static_cast<int64_t>(n & 1); }

inline void put_signed(std::string& out, int64_t n) { put(out, zigzag(n)); }

inline void put_text(std::string& out, std::string_view text) {
  put(out, text.size());
  out += text;
}

inline void put_wide(std::string& out, __int128 n) { out.append(reinterpret_cast<const char*>(&n), sizeof n); }

/// Reads what the puts wrote. Past the end it gives zeros and empty texts, and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  uint64_t number() {
    uint64_t n = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return ok_ = false, 0;
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      n |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return n;
    }
    return ok_ = false, 0;
  }
  int64_t signed_number() { return unzigzag(number()); }
  std::string_view text() { return bytes(number()); }
  std::string_view bytes(size_t n) {
    if (n > rest_.size()) return ok_ = false, std::string_view();
    std::string_view t = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return t;
  }
  __int128 wide() {
    __int128 n = 0;
    std::string_view t = bytes(sizeof n);
    if (t.size() == sizeof n) std::memcpy(&n, t.data(), sizeof n);
    return n;
  }

  bool more() const { return ok_ && !rest_.empty(); }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace gamekeeper::wire
