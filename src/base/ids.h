#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gamekeeper {

/// 128 bits of identity. Compared and hashed as bytes.
struct Uuid {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
};

/// RFC 9562 version 7: the time to the microsecond, then random bits. They rise within a thread always, between threads with
/// the clock. Thread-safe.
Uuid make_uuid_v7(UnixMillis now_ms);
/// A UUID (version 8) derived from a name; the same name gives the same UUID. Used for ids that retries must repeat.
Uuid make_uuid_from(std::string_view name);
std::string to_string(const Uuid& id);
/// The same 36 characters, into a buffer.
void format_uuid(const Uuid& id, std::span<char, 36> to);
/// 8-4-4-4-12 hexadecimal digits in either case; nullopt otherwise.
std::optional<Uuid> parse_uuid(std::string_view text);
/// `bytes` random bytes as URL-safe base64 without padding.
std::string random_token(size_t bytes);

}  // namespace gamekeeper
