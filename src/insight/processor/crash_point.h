#pragma once

#include <string_view>

namespace gamekeeper::processor {

/// For the chaos test (docs: R9): when the environment says GAMEKEEPER_CRASH_AT=name:n, the n-th pass of the point
/// `name` kills the process as kill -9 would. Costs one load otherwise.
void crash_point(std::string_view name);

}  // namespace gamekeeper::processor
