#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gamekeeper::server {

/// An identity provider of one app: "app/name issuer audience [audience...]".
struct ProviderEntry {
  std::string app, name;
  std::string issuer;                  // https, or http on this machine
  std::vector<std::string> audiences;  // at least one: the game's client ids there
};

/// Nothing for a text of another shape.
std::optional<ProviderEntry> read_provider(const std::string& text);

}  // namespace gamekeeper::server
