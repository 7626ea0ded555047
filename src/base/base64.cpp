#include "base/base64.h"

#include <sodium.h>

namespace gamekeeper {
namespace {

constexpr int kPlain = sodium_base64_VARIANT_ORIGINAL, kUrl = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string encoded(std::string_view bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    variant);
  out.pop_back();  // the terminating zero
  return out;
}

std::optional<std::string> decoded(std::string_view text, int variant) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr,
                        &size, &end, variant) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  out.resize(size);
  if (encoded(out, variant) != text) return std::nullopt;
  return out;
}

}  // namespace

std::string to_base64(std::string_view bytes) { return encoded(bytes, kPlain); }
std::string to_base64url(std::string_view bytes) { return encoded(bytes, kUrl); }
std::optional<std::string> from_base64(std::string_view text) { return decoded(text, kPlain); }
std::optional<std::string> from_base64url(std::string_view text) { return decoded(text, kUrl); }

}  // namespace gamekeeper
