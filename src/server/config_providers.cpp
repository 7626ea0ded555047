#include "server/config_providers.h"

#include <algorithm>
#include <sstream>

namespace gamekeeper::server {
namespace {

bool is_plain_name(const std::string& text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// An issuer has no query and no fragment (OpenID Connect Core 1.0, 2); without TLS it must be this machine.
bool is_issuer(const std::string& url) {
  if (url.find_first_of("?#") != url.npos) return false;
  for (const std::string start : {"https://", "http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (!url.starts_with(start)) continue;
    if (start == "https://") return url.size() > start.size();
    return url.size() == start.size() || url[start.size()] == ':' || url[start.size()] == '/';
  }
  return false;
}

}  // namespace

std::optional<ProviderEntry> read_provider(const std::string& text) {
  std::istringstream words(text);
  std::string whole, audience;
  ProviderEntry out;
  words >> whole >> out.issuer;
  while (words >> audience) out.audiences.push_back(audience);
  const size_t slash = whole.find('/');
  if (slash == whole.npos || out.audiences.empty() || !is_issuer(out.issuer)) return std::nullopt;
  out.app = whole.substr(0, slash);
  out.name = whole.substr(slash + 1);
  if (!is_plain_name(out.app) || !is_plain_name(out.name)) return std::nullopt;
  return out;
}

}  // namespace gamekeeper::server
