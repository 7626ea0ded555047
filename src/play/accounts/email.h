#pragma once

#include <string_view>

#include "base/result.h"

namespace gamekeeper::play {

/// Whether mail could go there: one @ with something on both sides, a dot in the domain, at most 254 bytes, no spaces or
/// control characters (RFC 5321's limits; the rest only the mail itself can tell). Errors: kInvalid `bad_email`.
Result<void> check_email(std::string_view email);

}  // namespace gamekeeper::play
