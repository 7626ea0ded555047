#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace gamekeeper::gate {

/// BLAKE2b-256. Secrets are random and 256 bits long, so a fast hash is enough to keep them out of the store.
using Digest = std::array<uint8_t, 32>;

struct DigestHash {
  size_t operator()(const Digest& d) const {
    size_t h;
    std::memcpy(&h, d.data(), sizeof h);
    return h;
  }
};

Digest digest_of(std::string_view bytes);
/// Of several parts, each with its length, so that ("a","bc") and ("ab","c") differ.
Digest digest_of_parts(std::initializer_list<std::string_view> parts);
std::string hex(const Digest& digest);
std::optional<Digest> parse_hex(std::string_view text);

/// Takes the same time wherever the texts differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace gamekeeper::gate
