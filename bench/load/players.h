#pragma once

#include <cstdint>
#include <string>

namespace gamekeeper::bench {

/// The id of player `n`: a UUID, no two alike.
inline std::string player_of(uint64_t n) {
  uint64_t high = n * 0x9e3779b97f4a7c15, low = (n + 1) * 0xc2b2ae3d27d4eb4f;
  std::string text(36, '-');
  for (size_t at = 0; at < 36; ++at) {
    if (at == 8 || at == 13 || at == 18 || at == 23) continue;
    uint64_t& half = at < 18 ? high : low;
    text[at] = "0123456789abcdef"[half & 15];
    half >>= 4;
  }
  return text;
}

}  // namespace gamekeeper::bench
