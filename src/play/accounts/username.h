#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gamekeeper::play {

/// The form by which usernames are told apart: NFKC with case folded (UAX #15 and #31), so that "Ada", "ADA" and the
/// full-width "Ａｄａ" are one name. A name has 1 to 64 characters, none of them a control character or one that turns the
/// direction of text, and neither begins nor ends with a space. Errors: kInvalid `bad_username`.
Result<std::string> fold_username(std::string_view username);

}  // namespace gamekeeper::play
