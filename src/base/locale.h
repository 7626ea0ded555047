#pragma once

#include <algorithm>
#include <cctype>
#include <string_view>

namespace gamekeeper {

/// Whether a text has the form of a language tag (BCP 47): en, de, pt-BR. Not whether anybody speaks it.
inline bool is_language_tag(std::string_view text) {
  const auto letter_or_digit = [](unsigned char c) { return c < 0x80 && std::isalnum(c) != 0; };
  if (text.size() < 2 || text.size() > 35 || std::isalpha(static_cast<unsigned char>(text.front())) == 0 ||
      text.back() == '-')
    return false;
  return std::ranges::all_of(text, [&](unsigned char c) { return c == '-' || letter_or_digit(c); });
}

}  // namespace gamekeeper
