#pragma once

#include <string_view>

namespace gamekeeper::analytics {

/// docs/api/analytics.graphql, as it was when the program was built.
std::string_view sdl();

}  // namespace gamekeeper::analytics
