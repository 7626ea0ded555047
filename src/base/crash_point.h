#pragma once

#include <string_view>

namespace gamekeeper {

namespace detail {
extern const bool crash_point_armed;
void pass_crash_point(std::string_view name);
}  // namespace detail

/// For tests/e2e/chaos_points.py: when the environment says GAMEKEEPER_CRASH_AT=name:n, the n-th pass of the point `name`
/// kills the process as kill -9 would. Otherwise one branch that is never taken. Safe from any thread.
inline void crash_point(std::string_view name) {
  if (detail::crash_point_armed) [[unlikely]]
    detail::pass_crash_point(name);
}

}  // namespace gamekeeper
