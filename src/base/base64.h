#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gamekeeper {

/// RFC 4648. Plain: with padding; of URLs: its own two letters, no padding.
std::string to_base64(std::string_view bytes);
std::string to_base64url(std::string_view bytes);

/// Only the one canonical spelling: no other alphabet, no white space, no stray bits, and padding as above.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace gamekeeper
