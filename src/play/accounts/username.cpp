#include "play/accounts/username.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

std::unexpected<Error> refuse(const char* why) {
  return fail(ErrorKind::kInvalid, "bad_username", why, "username", "1 to 64 characters, no control characters");
}

bool is_control(utf8proc_int32_t c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

/// What turns the direction of all that follows, even of what stands beside the name (UAX #9, explicit formatting).
bool turns_direction(utf8proc_int32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

bool any_of(std::string_view text, bool (*is)(utf8proc_int32_t)) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (auto left = static_cast<utf8proc_ssize_t>(text.size()); left > 0;) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t bytes = utf8proc_iterate(at, left, &c);
    if (bytes <= 0 || is(c)) return bytes > 0;
    at += bytes;
    left -= bytes;
  }
  return false;
}

}  // namespace

Result<std::string> fold_username(std::string_view username) {
  if (username.empty() || net::code_points(username) > 64) return refuse("A username has 1 to 64 characters.");
  if (username.front() == ' ' || username.back() == ' ')
    return refuse("A username neither begins nor ends with a space.");
  utf8proc_uint8_t* folded = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                                      UTF8PROC_IGNORE | UTF8PROC_STABLE | UTF8PROC_REJECTNA);
  const utf8proc_ssize_t bytes = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(username.data()),
                                              static_cast<utf8proc_ssize_t>(username.size()), &folded, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(folded, &std::free);
  if (bytes < 0) return refuse("A username must be valid UTF-8, of characters that Unicode knows.");
  if (bytes == 0) return refuse("A username must have a visible character.");
  std::string out(reinterpret_cast<const char*>(folded), static_cast<size_t>(bytes));
  if (any_of(out, is_control)) return refuse("A username has no control characters.");
  if (any_of(username, turns_direction)) return refuse("A username has no characters that turn the direction of text.");
  return out;
}

}  // namespace gamekeeper::play
