#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gamekeeper::play {

/// A refresh token: its family, which turn of the family it is, and a secret of 24 random bytes.
/// Text: "gkr_" and base64url without padding of family (16 bytes), generation (8, big endian), secret.
struct RefreshToken {
  std::string family;  // a UUID's text
  uint64_t generation = 0;
  std::string secret;
};

std::string write_refresh_token(const RefreshToken& token);
/// nullopt for anything that is not exactly such a text.
std::optional<RefreshToken> read_refresh_token(std::string_view text);
/// The next token of a family.
RefreshToken make_refresh_token(std::string family, uint64_t generation);

}  // namespace gamekeeper::play
