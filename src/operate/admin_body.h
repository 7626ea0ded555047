#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "net/json_body.h"

namespace gamekeeper::operate {

/// What the administration's routes share beside net/json_body.h.

using net::invalid;

/// A string; when it is not required, absent and null are "".
Result<std::string> text_of(const boost::json::object& body, std::string_view name, bool required = true);
/// A whole number of seconds from 0 to `max`, in milliseconds; `otherwise` when it is absent.
Result<int64_t> seconds_of(const boost::json::object& body, std::string_view name, int64_t max, int64_t otherwise);

boost::json::value time_or_null(UnixMillis at);

}  // namespace gamekeeper::operate
