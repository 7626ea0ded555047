#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace gamekeeper::net {

/// Conditions of requests (RFC 9110, 13.1). An ETag of ours is a version, in quotes.

/// What If-Match says of the version of that which shall change.
class IfMatch {
 public:
  IfMatch() = default;  // nothing
  IfMatch(std::nullopt_t) {}
  IfMatch(uint64_t version) : versions_(std::vector{version}) {}
  IfMatch(std::vector<uint64_t> versions) : versions_(std::move(versions)) {}
  /// "*": whatever its version is, but it must be there.
  static IfMatch there() {
    IfMatch out;
    out.there_ = true;
    return out;
  }

  /// What is not there has the version 0.
  bool admits(uint64_t version, bool is_there = true) const {
    if (there_ && !is_there) return false;
    return !versions_ || std::ranges::find(*versions_, version) != versions_->end();
  }

 private:
  std::optional<std::vector<uint64_t>> versions_;
  bool there_ = false;
};

/// One ETag, a list, "*" or none. An ETag that is weak or not one of ours matches nothing. Errors: kInvalid `bad_header`.
Result<IfMatch> if_match_of(const RequestHead& request);

/// Whether If-None-Match names the answer's ETag, weak or strong: then nothing but a 304 need be sent. Only of a GET or HEAD
/// that succeeds with an ETag which covers all that it shows.
bool is_unchanged(const RequestHead& request, const Response& response);

inline std::string etag_of(uint64_t version) { return '"' + std::to_string(version) + '"'; }

}  // namespace gamekeeper::net
