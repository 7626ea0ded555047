#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace gamekeeper::adapters::redis {

/// A name as part of a key: any bytes, with nothing that ends a hash tag early. Different names stay different.
inline std::string name_in_key(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '{' || c == '}' || c == '%')
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

}  // namespace gamekeeper::adapters::redis
