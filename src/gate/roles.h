#pragma once

#include <optional>
#include <string_view>

#include "base/principal.h"

namespace gamekeeper::gate {

/// The roles' names, as tokens and the API write them. kNone has the empty one.
inline std::string_view role_name(AdminRole role) {
  switch (role) {
    case AdminRole::kAnalyst:
      return "analyst";
    case AdminRole::kSupport:
      return "support";
    case AdminRole::kAdmin:
      return "admin";
    case AdminRole::kNone:
      return "";
  }
  return "";
}

inline std::optional<AdminRole> role_of(std::string_view name) {
  for (auto role : {AdminRole::kAnalyst, AdminRole::kSupport, AdminRole::kAdmin}) {
    if (role_name(role) == name) return role;
  }
  return std::nullopt;
}

}  // namespace gamekeeper::gate
