#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace gamekeeper::net {

/// An IPv4 or IPv6 network; IPv4 stands mapped into IPv6 (::ffff:0:0/96).
struct Network {
  std::array<uint8_t, 16> base{};
  int bits = 128;
};

/// "10.0.0.0/8", "fd00::/8", or one address; nullopt for anything else, also for bits set behind the prefix.
std::optional<Network> parse_network(std::string_view text);

/// Who sent a request: the address that is connected, unless that is a trusted proxy; then the last address in
/// X-Forwarded-For (all its lines, from the right) that is not a trusted proxy either. What is not an address ends the
/// walk, so that nothing that a stranger wrote to the left of it counts. The view is into `peer` or into a header.
std::string_view client_address(std::string_view peer, std::span<const HeaderView> headers,
                                std::span<const Network> trusted);

}  // namespace gamekeeper::net
