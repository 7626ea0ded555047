#include "net/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "net/text.h"

namespace gamekeeper::net {
namespace {

using Address = std::array<uint8_t, 16>;

std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text);
  Address out{};
  if (::inet_pton(AF_INET, copy.c_str(), out.data() + 12) == 1) {
    out[10] = out[11] = 0xFF;
    return out;
  }
  if (::inet_pton(AF_INET6, copy.c_str(), out.data()) == 1) return out;
  return std::nullopt;
}

Address masked(Address address, int bits) {
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    address[static_cast<size_t>(i)] &= static_cast<uint8_t>(0xFF00 >> kept);
  }
  return address;
}

bool is_in(const Address& address, std::span<const Network> networks) {
  return std::ranges::any_of(networks, [&](const Network& n) { return masked(address, n.bits) == n.base; });
}

/// As proxies write it: bare, [v6], v4:port or [v6]:port.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  const size_t colon = text.find(':');
  return colon != text.npos && text.find(':', colon + 1) == text.npos ? text.substr(0, colon) : text;
}

}  // namespace

std::optional<Network> parse_network(std::string_view text) {
  const size_t slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  const bool is_v4 = text.substr(0, slash).find(':') == text.npos;
  int bits = is_v4 ? 32 : 128;
  if (slash != text.npos) {
    const std::string_view digits = text.substr(slash + 1);
    int given = -1;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
    if (error != std::errc{} || end != digits.data() + digits.size() || given < 0 || given > bits) return std::nullopt;
    bits = given;
  }
  if (is_v4) bits += 96;
  if (masked(*base, bits) != *base) return std::nullopt;
  return Network{*base, bits};
}

std::string_view client_address(std::string_view peer, std::span<const HeaderView> headers,
                                std::span<const Network> trusted) {
  std::string_view best = peer;
  const auto at = parse_address(peer);
  if (!at || !is_in(*at, trusted)) return best;
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (!same_text(header->name, "X-Forwarded-For")) continue;
    for (std::string_view rest = header->value; !rest.empty();) {
      const size_t comma = rest.rfind(',');
      const std::string_view hop = without_port(trim(comma == rest.npos ? rest : rest.substr(comma + 1)));
      const auto address = parse_address(hop);
      if (!address) return best;
      best = hop;
      if (!is_in(*address, trusted)) return best;
      rest = comma == rest.npos ? std::string_view() : rest.substr(0, comma);
    }
  }
  return best;
}

}  // namespace gamekeeper::net
