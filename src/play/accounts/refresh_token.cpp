#include "play/accounts/refresh_token.h"

#include "base/base64.h"
#include "base/ids.h"
#include "gate/secrets.h"

namespace gamekeeper::play {
namespace {

constexpr std::string_view kPrefix = "gkr_";
constexpr size_t kSecretBytes = 24, kBytes = 16 + 8 + kSecretBytes;

}  // namespace

RefreshToken make_refresh_token(std::string family, uint64_t generation) {
  auto secret = from_base64url(random_token(kSecretBytes));
  return {std::move(family), generation, std::move(*secret)};
}

std::string write_refresh_token(const RefreshToken& token) {
  const auto family = parse_uuid(token.family);
  std::string bytes(reinterpret_cast<const char*>(family->bytes.data()), family->bytes.size());
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(token.generation >> shift);
  bytes += token.secret;
  return std::string(kPrefix) + to_base64url(bytes);
}

std::optional<RefreshToken> read_refresh_token(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  const auto bytes = from_base64url(text.substr(kPrefix.size()));
  if (!bytes || bytes->size() != kBytes) return std::nullopt;
  Uuid family;
  std::copy(bytes->begin(), bytes->begin() + 16, family.bytes.begin());
  RefreshToken token{to_string(family), 0, bytes->substr(24)};
  for (size_t i = 16; i < 24; ++i) token.generation = token.generation << 8 | static_cast<unsigned char>((*bytes)[i]);
  return token;
}

}  // namespace gamekeeper::play
