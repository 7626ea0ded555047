#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace gamekeeper::graphql {

/// Where in the source: both count from 1, columns in code points.
struct Location {
  uint32_t line = 1;
  uint32_t column = 1;
  bool operator==(const Location&) const = default;
};

Location locate(std::string_view source, uint32_t offset);

using PathSegment = std::variant<std::string, int64_t>;

/// One entry of a response's `errors`. `code`, `field`, `limit` and `retry_after` become its `extensions`.
struct GraphError {
  std::string code;
  std::string message;
  std::vector<Location> locations = {};
  std::vector<PathSegment> path = {};
  std::string field = {};
  std::string limit = {};
  std::chrono::milliseconds retry_after{0};
};

using GraphErrors = std::vector<GraphError>;

inline constexpr std::string_view kParseFailed = "graphql_parse_failed";
inline constexpr std::string_view kValidationFailed = "graphql_validation_failed";
inline constexpr std::string_view kTooComplex = "too_complex";
inline constexpr std::string_view kBadVariables = "bad_variables";
inline constexpr std::string_view kBadArgument = "bad_argument";
inline constexpr std::string_view kOperationNotFound = "operation_not_found";
inline constexpr std::string_view kInternalCode = "internal";

}  // namespace gamekeeper::graphql
