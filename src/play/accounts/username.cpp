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
  for (const char c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return refuse("A username has no control characters.");
  }
  return out;
}

}  // namespace gamekeeper::play
