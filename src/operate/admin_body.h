#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"

namespace gamekeeper::operate {

/// What the administration's routes share: bodies in, lists out.

std::unexpected<Error> invalid(std::string code, std::string message, std::string field, std::string limit = {});

/// The body as an object that has no other fields than `known`. An absent body is an empty object.
Result<boost::json::object> body_of(const net::Request& request, std::initializer_list<std::string_view> known);
/// A string; when it is not required, absent and null are "".
Result<std::string> text_of(const boost::json::object& body, std::string_view name, bool required = true);
/// A whole number of seconds from 0 to `max`, in milliseconds; `otherwise` when it is absent.
Result<int64_t> seconds_of(const boost::json::object& body, std::string_view name, int64_t max, int64_t otherwise);

boost::json::value time_or_null(UnixMillis at);
/// A list that has only one page.
net::Response list_of(boost::json::array items);

}  // namespace gamekeeper::operate
