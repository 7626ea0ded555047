#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace gamekeeper::processor {

inline uint64_t hash_of(std::string_view text, uint64_t seed = 0) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

inline uint64_t mix(uint64_t n) {
  n ^= n >> 32;
  n *= 0x9E37'79B9'7F4A'7C15;
  n ^= n >> 29;
  n *= 0xBF58'476D'1CE4'E5B9;
  return n ^ n >> 32;
}

struct TextHash {
  using is_transparent = void;
  using is_avalanching = void;
  size_t operator()(std::string_view text) const { return hash_of(text); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};
struct NumberHash {
  using is_avalanching = void;
  size_t operator()(uint64_t n) const { return mix(n); }
};

template <class V>
using TextMap = boost::unordered_flat_map<std::string, V, TextHash, TextEqual>;
template <class V>
using NumberMap = boost::unordered_flat_map<uint64_t, V, NumberHash>;

}  // namespace gamekeeper::processor
