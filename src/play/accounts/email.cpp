#include "play/accounts/email.h"

#include <algorithm>

namespace gamekeeper::play {

Result<void> check_email(std::string_view email) {
  const size_t at = email.find('@');
  const bool split = at != email.npos && at > 0 && at <= 64 && email.find('@', at + 1) == email.npos;
  const std::string_view domain = split ? email.substr(at + 1) : std::string_view();
  const bool dotted = domain.find('.') != domain.npos && domain.front() != '.' && domain.back() != '.';
  const bool plain = std::ranges::none_of(email, [](unsigned char c) { return c <= 0x20 || c == 0x7F; });
  if (split && dotted && plain && email.size() <= 254) return {};
  return fail(ErrorKind::kInvalid, "bad_email", "This is no e-mail address.", "email",
              "name@example.com, 254 characters");
}

}  // namespace gamekeeper::play
