#include "adapters/redis/script.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

namespace gamekeeper::adapters::redis {

Script::Script(std::string_view text) : text_(text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> sum;
  SHA1(reinterpret_cast<const unsigned char*>(text_.data()), text_.size(), sum.data());
  for (const unsigned char byte : sum) fmt::format_to(std::back_inserter(digest_), "{:02x}", byte);
}

}  // namespace gamekeeper::adapters::redis
