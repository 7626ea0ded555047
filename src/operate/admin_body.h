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
/// One page of `items`, which are whole and in their order; member `id` of each is its own and marks the place: the cursor
/// stands for the last item that was shown, so that items that come or go elsewhere move nothing. Errors: `bad_limit`, `bad_cursor`.
Result<net::Response> list_of(boost::json::array items, std::string_view id, const net::Request& request);

}  // namespace gamekeeper::operate
