#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace gamekeeper::adapters {

struct Mail {
  std::string from, to;  // addresses
  std::string id;        // unique; made into the Message-ID
  std::string subject, text;
  UnixMillis at = 0;
};

/// The message as RFC 5322 has it: text/plain, UTF-8 in base64, lines by CRLF. Control characters of the subject become
/// spaces.
std::string mail_text(const Mail& mail);

/// Whether an address can stand in a command of SMTP and in a header: no spaces, control characters, angle brackets.
bool is_mail_address(std::string_view address);

}  // namespace gamekeeper::adapters
